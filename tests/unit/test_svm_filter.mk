FLAGS_svm_filter = $(X86)
