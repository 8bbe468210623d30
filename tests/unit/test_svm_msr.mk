FLAGS_svm_msr	= $(X86)
