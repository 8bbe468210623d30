FLAGS_svm_hw	= -I$(TOP)/tests/unit/hw $(X86)
