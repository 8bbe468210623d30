// SPDX-License-Identifier: GPL-2.0
/*
 * Pointer authentication: each vCPU has its keys, on whichever CPU, and so has each thread of the host. Arm ARM D8.8.
 */
#define _GNU_SOURCE
#include "vmm.h"

enum { WHAT_SIGN, WHAT_ROUNDS, WHAT_WRITE_KEYS, WHAT_READ_KEYS, WHAT_HIDDEN, WHAT_SHOWN };

#define KEYS		5		/* IA, IB, DA, DB, GA */
#define HALVES		(2 * KEYS)
#define POINTER		0x40001230UL
#define DUMP_AT		(GUEST_RAM + 0x200000)
#define KEY_ENC(e, i)	e(3, 0, 2, 1 + (i) / 4, (i) % 4)

/* The same for guest and host: a pointer with a modifier of 0, signed, and authenticated; PACGA makes a value of its own. */
#define ON_X0(insn, val)					\
({								\
	register uint64_t x0 asm("x0") = (val);			\
								\
	asm volatile(".inst " #insn : "+r" (x0));		\
	x0;							\
})

static uint64_t paciza(uint64_t val)
{
	return ON_X0(0xdac123e0, val);
}

static uint64_t pacizb(uint64_t val)
{
	return ON_X0(0xdac127e0, val);
}

static uint64_t pacdza(uint64_t val)
{
	return ON_X0(0xdac12be0, val);
}

static uint64_t pacdzb(uint64_t val)
{
	return ON_X0(0xdac12fe0, val);
}

static uint64_t pacga(uint64_t val)
{
	return ON_X0(0x9ac03000, val);
}

static uint64_t autiza(uint64_t val)
{
	return ON_X0(0xdac133e0, val);
}

static uint64_t autizb(uint64_t val)
{
	return ON_X0(0xdac137e0, val);
}

static uint64_t autdza(uint64_t val)
{
	return ON_X0(0xdac13be0, val);
}

static uint64_t autdzb(uint64_t val)
{
	return ON_X0(0xdac13fe0, val);
}

static uint64_t (*const sign[KEYS])(uint64_t) = { paciza, pacizb, pacdza, pacdzb, pacga };
static uint64_t (*const authenticate[KEYS])(uint64_t) = { autiza, autizb, autdza, autdzb };

#ifdef GUEST

/* EnIA, EnIB, EnDA, EnDB */
#define SCTLR_EN	(1UL << 31 | 1UL << 30 | 1UL << 27 | 1UL << 13)

static uint64_t key_of(uint64_t seed, unsigned int i)
{
	return (seed + i) * 0x9e3779b97f4a7c15;
}

/* Not by guest_try(), which two vCPUs of one image cannot use at once. */
#define FOR_EACH_HALF(X)							\
	X(0, s3_0_c2_c1_0) X(1, s3_0_c2_c1_1) X(2, s3_0_c2_c1_2) X(3, s3_0_c2_c1_3)	\
	X(4, s3_0_c2_c2_0) X(5, s3_0_c2_c2_1) X(6, s3_0_c2_c2_2) X(7, s3_0_c2_c2_3)	\
	X(8, s3_0_c2_c3_0) X(9, s3_0_c2_c3_1)

static void write_keys(uint64_t seed)
{
#define WRITE_HALF(i, reg) write_reg(key_of(seed, i), reg);
	FOR_EACH_HALF(WRITE_HALF)
}

static void check_keys(uint64_t seed)
{
#define CHECK_HALF(i, reg) guest_expect(read_reg(reg), key_of(seed, i));
	FOR_EACH_HALF(CHECK_HALF)
}

/* Each round comes out in another way: a hypercall, and to the VMM. */
static uint64_t rounds(uint64_t seed)
{
	uint64_t want[KEYS], n = 0;
	unsigned int i;

	write_keys(seed);
	for (i = 0; i < KEYS; i++)
		want[i] = sign[i](POINTER);
	while (n % 8 || !guest_ask(PORT_TEST)) {
		guest_hvc(0x84000000, 0, 0, 0);
		if (n % 8 == 4)
			guest_say(PORT_TEST + 1, n);
		for (i = 0; i < KEYS; i++) {
			guest_expect(sign[i](POINTER), want[i]);
			if (authenticate[i])
				guest_expect(authenticate[i](want[i]), POINTER);
		}
		check_keys(seed);
		n++;
	}
	return n;
}

/* Without the feature the keys and what uses them are undefined. */
static void hidden(void)
{
	static const uint32_t insns[] = {
		0xdac123e0, 0xdac127e0, 0xdac12be0, 0xdac12fe0, 0x9ac03000, 0xdac133e0, 0xdac137e0, 0xdac13be0, 0xdac13fe0,
	};
	unsigned int i;
	uint64_t val;

	for (i = 0; i < HALVES + sizeof(insns) / sizeof(insns[0]); i++) {
		uint32_t insn = i < HALVES ? INSN_MRS(KEY_ENC(ENC, i)) : insns[i - HALVES];

		val = POINTER;
		if (guest_try(insn, &val))
			guest_expect(insn, 0);
		else
			guest_expect(guest_fault()->esr >> 26, 0);
		guest_expect(val, POINTER);
		if (i < HALVES)
			guest_check(!guest_try(INSN_MSR(KEY_ENC(ENC, i)), &val));
	}
}

/* A pointer that nobody signed does not authenticate: it gets other bits, or traps (FEAT_FPAC). */
static void shown(void)
{
	unsigned int i;

	write_keys(77);
	for (i = 0; i < KEYS - 1; i++) {
		uint64_t signed_by = sign[i](POINTER), val = signed_by ^ 1UL << 53;
		static const uint32_t insns[] = { 0xdac133e0, 0xdac137e0, 0xdac13be0, 0xdac13fe0 };

		guest_expect(signed_by << 16, POINTER << 16);
		guest_check(signed_by != POINTER);
		guest_expect(authenticate[i](signed_by), POINTER);
		if (guest_try(insns[i], &val))
			guest_check(val != POINTER);
	}
	guest_expect(pacga(POINTER) << 32, 0);
	guest_check(pacga(POINTER) != pacga(POINTER + 16));
}

uint64_t guest_main(uint64_t what, uint64_t arg, uint64_t sp)
{
	volatile uint64_t *dump = (void *)DUMP_AT;
	unsigned int i;
	uint64_t val;

	write_reg(read_reg(sctlr_el1) | SCTLR_EN, sctlr_el1);
	switch (what) {
	case WHAT_SIGN:
		return sign[arg](POINTER);
	case WHAT_ROUNDS:
		return rounds(arg);
	case WHAT_WRITE_KEYS:
		for (i = 0; i < HALVES; i++) {
			val = arg + i;
			guest_check(guest_try(INSN_MSR(KEY_ENC(ENC, i)), &val));
		}
		break;
	case WHAT_READ_KEYS:
		for (i = 0; i < HALVES; i++) {
			guest_check(guest_try(INSN_MRS(KEY_ENC(ENC, i)), &val));
			dump[i] = val;
		}
		break;
	case WHAT_HIDDEN:
		hidden();
		break;
	case WHAT_SHOWN:
		shown();
		break;
	}
	return 0;
}

#else

#include <sched.h>

#define ADDRESS		(1U << KVM_ARM_VCPU_PTRAUTH_ADDRESS)
#define GENERIC		(1U << KVM_ARM_VCPU_PTRAUTH_GENERIC)
#define KEY(i)		KEY_ENC(VMM_SYS, i)
#define ISAR1		VMM_SYS(3, 0, 0, 6, 1)
#define ISAR2		VMM_SYS(3, 0, 0, 6, 2)
#define ISAR1_PAUTH	0xff000ff0UL
#define ISAR2_PAUTH	0xff00UL
#define SECONDS		2

static const struct vmm_config keyed = { .cpus = 2, .features = ADDRESS | GENERIC };

static void open_keyed(struct vmm *v)
{
	if (!vmm_pauth())
		cannot("no pointer authentication here");
	vmm_open(v, &keyed);
}

static int init_with(struct vmm *v, unsigned int cpu, uint32_t features)
{
	struct kvm_vcpu_init init = { .target = KVM_ARM_TARGET_GENERIC_V8, .features = { features } };

	return result(ioctl(v->cpu[cpu], KVM_ARM_VCPU_INIT, &init));
}

/* Both features or neither, and the same for all vCPUs; nothing of it happens that was refused. */
static void refusals(void)
{
	struct vmm_config c = { .cpus = 2, .no_init = true };
	struct vmm v;
	bool has = vmm_pauth();

	vmm_open(&v, &c);
	expect_result(init_with(&v, 0, ADDRESS), -EINVAL);
	expect_result(init_with(&v, 0, GENERIC), -EINVAL);
	expect_result(init_with(&v, 0, ADDRESS | GENERIC), has ? 0 : -EINVAL);
	if (has)
		expect_result(init_with(&v, 1, 0), -EINVAL);
	expect_result(init_with(&v, 1, has ? ADDRESS | GENERIC : 0), 0);
	vmm_close(&v);
}

/* Ids of the vCPU's registers, and how many of them are keys. */
static unsigned int list(struct vmm *v, unsigned int *nr_keys)
{
	static struct { struct kvm_reg_list l; uint64_t ids[4096]; } r;
	unsigned int i, k;

	r.l.n = 4096;
	expect_result(ioctl(v->cpu[0], KVM_GET_REG_LIST, &r.l), 0);
	*nr_keys = 0;
	for (i = 0; i < r.l.n; i++)
		for (k = 0; k < HALVES; k++)
			*nr_keys += r.l.reg[i] == KEY(k);
	return r.l.n;
}

/* Without the feature there is no trace of it: in no ID register, no list, no instruction. */
static void check_hidden(void)
{
	unsigned int i, keys;
	uint64_t val = 1;
	struct vmm v;

	vmm_open(&v, NULL);
	expect(!(vmm_reg(&v, 0, ISAR1) & ISAR1_PAUTH), "ID_AA64ISAR1_EL1 %#lx", (long)vmm_reg(&v, 0, ISAR1));
	expect(!(vmm_reg(&v, 0, ISAR2) & ISAR2_PAUTH), "ID_AA64ISAR2_EL1 %#lx", (long)vmm_reg(&v, 0, ISAR2));
	for (i = 0; i < HALVES; i++) {
		expect_result(vmm_get(&v, 0, KEY(i), &val), -ENOENT);
		expect_result(vmm_set(&v, 0, KEY(i), &val), -ENOENT);
	}
	list(&v, &keys);
	expect(!keys, "%u keys are listed", keys);
	vmm_go(&v, 0, WHAT_HIDDEN, 0);
	vmm_close(&v);
}

#define HOST_ID(reg) ({ uint64_t v_; asm volatile("mrs %0, " #reg : "=r" (v_)); v_; })

/* With it the guest sees what the host's processes see, and it works; a VMM cannot make it another algorithm, or none. */
static void check_shown(void)
{
	uint64_t isar1 = HOST_ID(s3_0_c0_c6_1), isar2 = HOST_ID(s3_0_c0_c6_2), val;
	unsigned int n, keys, without, none;
	struct vmm v, w;

	vmm_open(&w, NULL);
	open_keyed(&v);
	val = vmm_reg(&v, 0, ISAR1);
	expect((val & ISAR1_PAUTH) == (isar1 & ISAR1_PAUTH), "ID_AA64ISAR1_EL1 %#lx, the host's %#lx", (long)val, (long)isar1);
	val &= ~ISAR1_PAUTH;
	expect_result(vmm_set(&v, 0, ISAR1, &val), -EINVAL);
	val = vmm_reg(&v, 0, ISAR2);
	expect((val & ISAR2_PAUTH) == (isar2 & ISAR2_PAUTH), "ID_AA64ISAR2_EL1 %#lx, the host's %#lx", (long)val, (long)isar2);
	val = vmm_reg(&v, 0, ISAR1);
	expect_result(vmm_set(&v, 0, ISAR1, &val), 0);
	n = list(&v, &keys);
	without = list(&w, &none);
	expect(keys == HALVES && n == without + HALVES, "%u registers, %u keys; %u without", n, keys, without);
	vmm_go(&v, 0, WHAT_SHOWN, 0);
	vmm_close(&v);
	vmm_close(&w);
}

/* Keys that the VMM sets are those that the guest reads and signs with, and the other way; one vCPU's are not the other's. */
static void onereg(void)
{
	uint64_t val, sigs[2][KEYS];
	unsigned int i, cpu;
	struct vmm v;

	open_keyed(&v);
	for (cpu = 0; cpu < 2; cpu++)
		for (i = 0; i < HALVES; i++)
			vmm_set_reg(&v, cpu, KEY(i), 0x1234567800000000UL * (cpu + 1) + i);
	for (cpu = 0; cpu < 2; cpu++) {
		vmm_go(&v, cpu, WHAT_READ_KEYS, 0);
		for (i = 0; i < HALVES; i++) {
			val = *(uint64_t *)(v.ram + DUMP_AT - GUEST_RAM + 8 * i);
			expect(val == 0x1234567800000000UL * (cpu + 1) + i, "vCPU %u finds %#lx in half %u", cpu, (long)val, i);
		}
		for (i = 0; i < KEYS; i++)
			sigs[cpu][i] = vmm_go(&v, cpu, WHAT_SIGN, i);
	}
	for (i = 0; i < KEYS; i++)
		expect(sigs[0][i] != sigs[1][i], "key %u of both signs %#lx", i, (long)sigs[0][i]);
	/* the same key signs the same, wherever it is */
	for (i = 0; i < HALVES; i++)
		vmm_set_reg(&v, 1, KEY(i), vmm_reg(&v, 0, KEY(i)));
	for (i = 0; i < KEYS; i++) {
		val = vmm_go(&v, 1, WHAT_SIGN, i);
		expect(val == sigs[0][i], "key %u signs %#lx and %#lx", i, (long)val, (long)sigs[0][i]);
	}
	vmm_go(&v, 0, WHAT_WRITE_KEYS, 0xabcdef00);
	for (i = 0; i < HALVES; i++)
		expect(vmm_reg(&v, 0, KEY(i)) == 0xabcdef00 + i, "half %u is %#lx", i, (long)vmm_reg(&v, 0, KEY(i)));
	vmm_close(&v);
}

/* KVM_ARM_VCPU_INIT leaves the vCPU nothing of its last life. */
static void reset(void)
{
	unsigned int i;
	struct vmm v;

	open_keyed(&v);
	vmm_go(&v, 0, WHAT_WRITE_KEYS, 0xabcdef00);
	vmm_init_cpu(&v, 0, ADDRESS | GENERIC);
	for (i = 0; i < HALVES; i++)
		expect(vmm_reg(&v, 0, KEY(i)) != 0xabcdef00 + i, "half %u is kept", i);
	expect(vmm_reg(&v, 0, ISAR1) & ISAR1_PAUTH, "the feature is gone");
	vmm_close(&v);
}

static volatile bool enough;

/* What this thread's own keys make, against what they made before. */
static void check_own(const uint64_t *want, const char *who)
{
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		if (sign[i](POINTER) != want[i] || (authenticate[i] && authenticate[i](want[i]) != POINTER))
			fail("%s: key %u has changed", who, i);
}

static void own(uint64_t *sigs)
{
	unsigned int i;

	for (i = 0; i < KEYS; i++)
		sigs[i] = sign[i](POINTER);
}

static void *run_host(void *p)
{
	uint64_t want[KEYS], n = 0;

	own(want);
	while (!enough) {
		check_own(want, "host");
		if (++n % 4096 == 0)
			pin_to(n / 4096 % 2);
	}
	return (void *)n;
}

struct runner {
	struct vmm *v;
	unsigned int cpu;
	uint64_t rounds;
};

static void *run_guest(void *p)
{
	struct runner *r = p;
	uint64_t want[KEYS], val, n = 0;
	unsigned int port;

	own(want);
	do {
		val = enough;
		port = vmm_event(r->v, r->cpu, &val);
		check_own(want, "VMM");
		if (++n % 16 == 0)
			pin_to((n / 16 + r->cpu) % 2);
	} while (port != PORT_DONE);
	r->rounds = val;
	return NULL;
}

/* Two VMs of two vCPUs, threads that go from CPU to CPU, and one of the host's: everybody keeps their keys. */
static void survive(void)
{
	struct runner r[5];
	pthread_t t[5], host;
	struct vmm v[3];
	unsigned int i;
	void *n;

	open_keyed(&v[0]);
	open_keyed(&v[1]);
	vmm_open(&v[2], NULL);
	for (i = 0; i < 4; i++) {
		r[i] = (struct runner){ &v[i / 2], i % 2 };
		vmm_start(r[i].v, r[i].cpu, WHAT_ROUNDS, 1000 * (i + 1));
		pthread_create(&t[i], NULL, run_guest, &r[i]);
	}
	pthread_create(&host, NULL, run_host, NULL);
	for (i = 0; i < SECONDS * 10; i++) {
		usleep(100000 * vmm_slow());
		/* one without keys comes between */
		vmm_go(&v[2], 0, WHAT_HIDDEN, 0);
	}
	enough = true;
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		expect(r[i].rounds >= 16, "vCPU %u: %lu rounds", i, (long)r[i].rounds);
	}
	pthread_join(host, &n);
	printf("# %lu, %lu, %lu and %lu rounds in the guests, %lu in the host\n", (long)r[0].rounds, (long)r[1].rounds,
	       (long)r[2].rounds, (long)r[3].rounds, (long)n);
	for (i = 0; i < 3; i++)
		vmm_close(&v[i]);
}

static const struct check checks[] = {
	{ "refusals", refusals },
	{ "hidden", check_hidden },
	{ "shown", check_shown },
	{ "onereg", onereg },
	{ "reset", reset },
	{ "survive", survive },
	{ }
};

int main(int argc, char **argv)
{
	return vmm_main(argc, argv, checks);
}

#endif
