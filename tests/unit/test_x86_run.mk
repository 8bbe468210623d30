FLAGS_x86_run	= $(X86)
