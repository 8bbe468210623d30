# SPDX-License-Identifier: GPL-2.0
# The table is what objdump says.
SRCS_move	:= $(addprefix src/x86/svm/,move.c insn.c)
FLAGS_move	:= -I$(OUT)
$(OUT)/shim/tests/unit/test_move.o: $(OUT)/moves.inc
$(OUT)/moves.inc: moves.py
	@mkdir -p $(@D)
	$(Q)./moves.py $@.new && mv $@.new $@
