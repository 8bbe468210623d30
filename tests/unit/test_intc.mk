FLAGS_intc	= $(X86)
