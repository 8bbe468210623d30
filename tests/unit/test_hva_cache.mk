SRCS_hva_cache := src/mem/hva_cache.c
