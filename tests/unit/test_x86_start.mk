FLAGS_x86_start	= $(X86)
