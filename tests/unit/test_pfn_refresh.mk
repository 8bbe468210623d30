SRCS_pfn_refresh := src/mem/pfn_cache.c
