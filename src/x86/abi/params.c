// SPDX-License-Identifier: GPL-2.0
/*
 * What user space looks up in /sys/module about the KVM that it talks to. Read only: these
 * are facts, not switches.
 */
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "../vm.h"
#include "params.h"

#define PARAMS_FACT(name, value)							\
static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)	\
{											\
	return sysfs_emit(buf, "%s\n", value);						\
}											\
static struct kobj_attribute name##_attr = __ATTR_RO(name)

/* A guest is shown SVM: bit 2 of ECX of CPUID 80000001. */
static bool params_nested(void)
{
	unsigned int nr = SVM_MAX_CPUID, i;
	bool shown = false;
	struct kvm_cpuid_entry2 *e = kvcalloc(nr, sizeof(*e), GFP_KERNEL);

	if (!e || svm_cpuid_supported(e, &nr))
		nr = 0;
	for (i = 0; i < nr; i++)
		shown |= e[i].function == 0x80000001 && e[i].ecx & BIT(2);
	kvfree(e);
	return shown;
}

PARAMS_FACT(enable_pmu, "N");
PARAMS_FACT(force_emulation_prefix, "0");
PARAMS_FACT(ignore_msrs, "N");
PARAMS_FACT(eager_page_split, "N");
PARAMS_FACT(tdp_mmu, "N");
PARAMS_FACT(npt, "Y");
PARAMS_FACT(avic, "N");
PARAMS_FACT(sev, "N");
PARAMS_FACT(nrips, svm_hw.nrips ? "1" : "0");
PARAMS_FACT(nested, params_nested() ? "1" : "0");

static struct attribute *params_kvm[] = {
	&enable_pmu_attr.attr, &force_emulation_prefix_attr.attr, &ignore_msrs_attr.attr,
	&eager_page_split_attr.attr, &tdp_mmu_attr.attr, NULL,
};

static struct attribute *params_amd[] = {
	&npt_attr.attr, &avic_attr.attr, &sev_attr.attr, &nrips_attr.attr, &nested_attr.attr, NULL,
};

static struct {
	const char *name;
	struct attribute_group group;
	struct kobject *kobj;
} params[] = {
	{ "kvm", { .name = "parameters", .attrs = params_kvm } },
	{ "kvm_amd", { .name = "parameters", .attrs = params_amd } },
};

static void params_release(struct kobject *kobj)
{
	kfree(kobj);
}

static const struct kobj_type params_type = {
	.release = params_release,
	.sysfs_ops = &kobj_sysfs_ops,
};

/* Beside our own module's: there a module of the same name is found, and refused. */
static struct kobject *params_folder(const char *name)
{
	struct kset *kset = THIS_MODULE->mkobj.kobj.kset;
	struct kobject *kobj = kset_find_obj(kset, name);
	int ret;

	if (kobj) {
		kobject_put(kobj);
		return ERR_PTR(-EBUSY);
	}
	kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);
	if (!kobj)
		return ERR_PTR(-ENOMEM);
	kobj->kset = kset;
	ret = kobject_init_and_add(kobj, &params_type, NULL, "%s", name);
	if (!ret)
		return kobj;
	kobject_put(kobj);
	return ERR_PTR(ret);
}

int params_start(void)
{
	struct kobject *kobj;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		kobj = params_folder(params[i].name);
		if (IS_ERR(kobj)) {
			params_stop();
			return PTR_ERR(kobj);
		}
		params[i].kobj = kobj;
		ret = sysfs_create_group(kobj, &params[i].group);
		if (ret) {
			params_stop();
			return ret;
		}
	}
	return 0;
}

void params_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		if (!params[i].kobj)
			continue;
		kobject_del(params[i].kobj);
		kobject_put(params[i].kobj);
		params[i].kobj = NULL;
	}
}
