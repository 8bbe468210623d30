SRCS_pfn_cache := src/mem/pfn_cache.c src/mem/guest_map.c
