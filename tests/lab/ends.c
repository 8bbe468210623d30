// SPDX-License-Identifier: GPL-2.0
/*
 * Level-sensitive interrupts that end just when the vCPU is called back to the VMM.
 * IHI 0069, 6.3: an ended list register asks for maintenance until it is emptied.
 */
#define _GNU_SOURCE
#include "vmm.h"

#define SPI	40
#define ENDS	1000

#ifdef GUEST

static volatile uint64_t ends;

bool guest_irq(struct guest_frame *f)
{
	uint64_t intid = read_reg(s3_0_c12_c12_0) & 0xffffff;

	asm volatile("dsb sy");
	if (intid >= 1020)
		return true;
	/* it is in here all the time: nothing else would ever run */
	if (++ends == ENDS)
		gic_disable(SPI);
	write_reg(intid, s3_0_c12_c12_1);
	return true;
}

/* The line stays high: each end is followed by the next interrupt. */
uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	gic_start();
	gic_enable(SPI, 0xa0, false);
	irqs_on();
	while (ends < ENDS)
		;
	irqs_off();
	return ends;
}

#else

#define BACK		20
#define MOST_VMS	50

static volatile bool over;
static pthread_t runner;

static void on_signal(int sig)
{
}

static void *call_back(void *arg)
{
	while (!over) {
		pthread_kill(runner, SIGUSR1);
		usleep(500);
	}
	return NULL;
}

/* One VM's life; how often its vCPU was called back. */
static unsigned int run_to_the_end(void)
{
	unsigned int back = 0;
	struct kvm_run *run;
	struct vmm v;
	int ret;

	vmm_signal(SIG_BLOCK, SIGUSR1);	/* what makes and ends a VM is not to be called back */
	vmm_open(&v, NULL);
	vmm_start(&v, 0, 0, 0);
	vmm_irq(&v, KVM_ARM_IRQ_TYPE_SPI, 0, SPI, 1);
	run = v.run[0];
	vmm_signal(SIG_UNBLOCK, SIGUSR1);
	while ((ret = vmm_run(&v, 0)) == -EINTR)
		back++;
	vmm_signal(SIG_BLOCK, SIGUSR1);
	expect(!ret && run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write, "%s, exit %u", result_name(ret),
	       run->exit_reason);
	vmm_close(&v);
	return back;
}

/* How often one is called back depends on how busy the machine is: so many VMs as it takes. */
static void check_ended_and_left(void)
{
	unsigned int back = 0, vms;
	pthread_t caller;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	runner = pthread_self();
	pthread_create(&caller, NULL, call_back, NULL);
	for (vms = 0; vms < 3 || (back <= BACK && vms < MOST_VMS); vms++)
		back += run_to_the_end();
	over = true;
	pthread_join(caller, NULL);
	expect(back > BACK, "called back %u times only", back);
	printf("# %u VMs, %u ends, called back %u times\n", vms, vms * ENDS, back);
}

static const struct check checks[] = {
	{ "ended-and-left", check_ended_and_left },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
