FLAGS_chip	= $(X86)
