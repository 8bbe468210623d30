FLAGS_vapic	= $(X86)
