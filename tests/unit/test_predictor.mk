SRCS_predictor := src/arm64/cpu/predictor.c src/arm64/errata.c
