FLAGS_svm_cpuid	= $(X86)
