// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz --seed N --calls N --threads N: the supervisor, the workers' life, the report.
 * tests/fuzz/run runs it in the lab.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "fuzz.h"

#define ROUND_STEPS	3000	/* of each thread, about */
#define RUN_MS		2	/* how long a vCPU runs before somebody ends it */
#define WORKER_RETRY	77	/* status of a worker that could not even begin */
#define COVERAGE_CALLS	50000	/* from so many on each kind of call must have been good once */

struct shared *shared;
struct options options = { .seed = 1, .calls = 1000000, .threads = 4, .slow = 1 };

static const struct op *const files[] = { vm_ops, vcpu_ops, gic_ops, memory_ops, life_ops, probe_ops };
static const struct op *ops[64];
static unsigned int nr_ops, weights;
static uint64_t round_end[MAX_THREADS];
static _Atomic bool round_over;
static unsigned int deaths;	/* of workers, by an injected fault */

static void collect_ops(void)
{
	const struct op *o;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		for (o = files[i]; o->name; o++) {
			ops[nr_ops++] = o;
			weights += o->weight;
		}
}

static unsigned int draw_op(struct thread *t)
{
	unsigned int i, w = draw_below(t, weights);

	for (i = 0; w >= ops[i]->weight; i++)
		w -= ops[i]->weight;
	return i;
}

/* The kernel's allocations of this thread may fail from now on, as /sys/kernel/debug/fail* say. */
static void make_it_fail(void)
{
	int fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) != 1)
		printf("fuzz: this kernel injects no faults\n");
	close(fd);
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	t->state->tid = gettid();
	if (options.inject)
		make_it_fail();
	while ((t->step = t->state->step) < round_end[t->id]) {
		t->state->step = t->step + 1;
		draw_seed(t);
		t->op = draw_op(t);
		ops[t->op]->run(t);
	}
	probe_close(t);
	t->state->tid = 0;
	return NULL;
}

/* Ends vCPUs' runs, until all threads are through. */
static void *poker_main(void *arg)
{
	uint64_t since;
	unsigned int i;

	while (!round_over) {
		usleep(1000);
		for (i = 0; i < options.threads; i++) {
			since = shared->thread[i].running_since;
			if (since && now_ms() - since >= RUN_MS)
				syscall(SYS_tgkill, getpid(), shared->thread[i].tid, SIGUSR1);
		}
	}
	return NULL;
}

static void on_poke(int sig)
{
}

static int worker(bool tidy)
{
	static struct thread threads[MAX_THREADS];
	pthread_t ids[MAX_THREADS], poker;
	unsigned int i, c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &(struct sigaction) { .sa_handler = on_poke }, NULL);
	world_make();
	if (pthread_create(&poker, NULL, poker_main, NULL))
		return WORKER_RETRY;
	for (i = 0; i < options.threads; i++) {
		shared->thread[i].running_since = 0;
		threads[i] = (struct thread) {
			.id = i, .state = &shared->thread[i], .buf = BUFFERS + i * BUFFER_STEP,
		};
		if (pthread_create(&ids[i], NULL, thread_main, &threads[i]))
			_exit(WORKER_RETRY);
	}
	for (i = 0; i < options.threads; i++)
		pthread_join(ids[i], NULL);
	round_over = true;
	pthread_join(poker, NULL);
	if (!tidy)
		_exit(0);
	for (i = 0; i < VMS; i++) {
		world_put(&vms[i].vm, -1);
		for (c = 0; c < CPUS; c++)
			world_put(&vms[i].cpu[c], -1);
		world_put(&vms[i].gic, -1);
	}
	return 0;
}

/* The last calls of each thread, the oldest first, and where the kernel has them. */
static void show_records(pid_t pid)
{
	unsigned int i, n;
	char command[200];

	for (i = 0; i < options.threads; i++) {
		struct thread_state *s = &shared->thread[i];

		printf("fuzz: thread %u:\n", i);
		for (n = s->nr_records > RECORDS ? s->nr_records - RECORDS : 0; n < s->nr_records; n++) {
			struct record *r = &s->record[n % RECORDS];

			printf("fuzz:   step %u %s (%s) fd %d %#llx %#llx: %s\n", r->step, ops[r->arg[2]]->name,
			       call_names[r->call], r->fd, (unsigned long long)r->arg[0],
			       (unsigned long long)r->arg[1],
			       r->result < 0 ? "NOT BACK" : r->result ? strerrorname_np(r->result) ?: "?" : "ok");
		}
		fflush(stdout);
		snprintf(command, sizeof(command), "cat /proc/%d/task/%d/stack 2>/dev/null", pid, s->tid);
		if (system(command))
			continue;
	}
}

static bool somebody_hangs(void)
{
	uint64_t now = now_ms(), since;
	unsigned int i;

	for (i = 0; i < options.threads; i++) {
		since = shared->thread[i].busy_since;
		if (since && since < now && now - since > options.hang * 1000ULL) {
			printf("fuzz: FAILED: thread %u does not come back from its call\n", i);
			return true;
		}
	}
	return false;
}

static uint64_t steps_done(void)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < options.threads; i++)
		sum += shared->thread[i].step;
	return sum;
}

static uint64_t calls_made(void)
{
	uint64_t sum = 0;
	unsigned int c;

	for (c = 0; c < NR_CALLS; c++)
		sum += shared->made[c];
	return sum;
}

static void progress(void)
{
	static uint64_t last;

	if (now_ms() - last < 10000)
		return;
	last = now_ms();
	printf("fuzz: %llu calls of %llu, %u VMs, %u guests checked, failures %u\n", (unsigned long long)calls_made(),
	       (unsigned long long)options.calls, shared->vms, shared->guests_checked, shared->failures);
	fflush(stdout);
}

/* One worker's life. False: no sense in going on. */
static bool round_of(unsigned int nr, uint64_t until)
{
	struct thread t = { .id = 1000, .step = nr };
	unsigned int i, how, killed_after;
	uint64_t begun = now_ms();
	int status;
	pid_t pid;

	draw_seed(&t);
	how = draw_below(&t, 4);	/* killed, exits as it is, or cleans up */
	killed_after = 50 + draw_below(&t, 4000);
	for (i = 0; i < options.threads; i++) {
		uint64_t end = shared->thread[i].step + ROUND_STEPS / 2 + draw_below(&t, ROUND_STEPS);

		round_end[i] = end < until ? end : until;
		shared->thread[i].busy_since = 0;
	}
	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(worker(how > 1));
	while (waitpid(pid, &status, WNOHANG) != pid) {
		usleep(10000);
		progress();
		if (somebody_hangs()) {
			shared->failures++;
			show_records(pid);
			kill(pid, SIGKILL);
			return false;
		}
		if (!how && now_ms() - begun > killed_after * options.slow)
			kill(pid, SIGKILL);
	}
	if (WIFEXITED(status) && (!WEXITSTATUS(status) || WEXITSTATUS(status) == WORKER_RETRY))
		return true;
	if (!how && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	/* A signal whose frame could not be written to user memory ends the process. */
	if (options.inject && WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS)) {
		deaths++;
		return true;
	}
	printf("fuzz: FAILED: the worker died, status %#x\n", status);
	shared->failures++;
	show_records(pid);
	return false;
}

static void report(void)
{
	unsigned int c, e, n;

	printf("fuzz: %-24s %9s %9s  refused with\n", "call", "made", "good");
	for (c = 0; c < NR_CALLS; c++) {
		printf("fuzz: %-24s %9llu %9llu ", call_names[c], (unsigned long long)shared->made[c],
		       (unsigned long long)shared->good[c]);
		for (e = n = 0; e < ERRNOS; e++)
			if (shared->by_errno[c][e])
				printf(" %s %u", strerrorname_np(e), shared->by_errno[c][e]);
		printf("\n");
	}
	printf("fuzz: exits:");
	for (e = 0; e < ARRAY_SIZE(shared->exits); e++)
		if (shared->exits[e])
			printf(" %u: %u", e, shared->exits[e]);
	printf("\nfuzz: %u VMs, %u guests checked, %u workers ended by an injected fault\n", shared->vms,
	       shared->guests_checked, deaths);
}

/* A fuzzer that is refused everything fuzzes nothing. */
static void check_coverage(void)
{
	unsigned int c;

	if (options.calls < COVERAGE_CALLS)
		return;
	for (c = 0; c < NR_CALLS; c++) {
		if (c == CALL_UNKNOWN_IOCTL || shared->good[c])
			continue;
		printf("fuzz: FAILED: %s never succeeded\n", call_names[c]);
		shared->failures++;
	}
}

static void list(uint64_t steps)
{
	struct thread t = {};

	for (t.id = 0; t.id < options.threads; t.id++)
		for (t.step = 0; t.step < steps; t.step++) {
			draw_seed(&t);
			printf("%u %llu %s\n", t.id, (unsigned long long)t.step, ops[draw_op(&t)]->name);
		}
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", 1, NULL, 's' }, { "calls", 1, NULL, 'c' }, { "threads", 1, NULL, 't' },
		{ "inject", 0, NULL, 'i' }, { "slow", 1, NULL, 'w' }, { "list", 0, NULL, 'l' }, {}
	};
	int o;

	while ((o = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (o == 's')
			options.seed = strtoull(optarg, NULL, 0);
		else if (o == 'c')
			options.calls = strtoull(optarg, NULL, 0);
		else if (o == 't')
			options.threads = atoi(optarg);
		else if (o == 'w')
			options.slow = atoi(optarg);
		else if (o == 'i')
			options.inject = true;
		else if (o == 'l')
			options.list = true;
		else
			exit(2);
	}
	if (!options.threads || options.threads > MAX_THREADS || !options.calls || !options.slow) {
		fprintf(stderr, "fuzz: 1 to %d threads, at least one call\n", MAX_THREADS);
		exit(2);
	}
	options.hang = 30 * options.slow;
}

int main(int argc, char **argv)
{
	uint64_t steps;
	unsigned int nr = 0;

	parse(argc, argv);
	collect_ops();
	steps = (options.calls + options.threads - 1) / options.threads;
	if (options.list) {
		list(steps);
		return 0;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	signal(SIGPIPE, SIG_IGN);
	/* A step makes a call or a few: steps end when the calls are made. */
	while (calls_made() < options.calls && steps_done() < steps * options.threads)
		if (!round_of(nr++, steps))
			break;
	report();
	check_coverage();
	printf("fuzz: made %llu failures %u\n", (unsigned long long)calls_made(), shared->failures);
	return shared->failures ? 1 : 0;
}
