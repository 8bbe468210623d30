SRCS_power := src/arm64/firmware/power.c
