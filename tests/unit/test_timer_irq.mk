FLAGS_timer_irq := $(ARM64) -DCONFIG_ACPI
