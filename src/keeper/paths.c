#include "keeper/paths.h"

#define STATE "/var/lib/holdfast"

static const struct {
	size_t offset;
	const char *path;
} table[] = {
    {offsetof(struct paths, conf_folder), "/etc/holdfast"},
    {offsetof(struct paths, conf), "/etc/holdfast/agent.conf"},
    {offsetof(struct paths, mark), "/etc/holdfast/enrolled"},
    {offsetof(struct paths, state), STATE},
    {offsetof(struct paths, key), STATE "/device.key"},
    {offsetof(struct paths, anchor), STATE "/anchor"},
    {offsetof(struct paths, keys), STATE "/keys.jws"},
    {offsetof(struct paths, statement), STATE "/statement.jws"},
    {offsetof(struct paths, grants), STATE "/grants"},
    {offsetof(struct paths, ledger), STATE "/ledger"},
    {offsetof(struct paths, reports), STATE "/reports"},
    {offsetof(struct paths, owner), STATE "/owner"},
    {offsetof(struct paths, filing), STATE "/filing"},
    {offsetof(struct paths, offline), STATE "/offline"},
    {offsetof(struct paths, offline_tries), STATE "/offline-tries"},
    {offsetof(struct paths, view), STATE "/view"},
    {offsetof(struct paths, noted), STATE "/packages"},
    {offsetof(struct paths, package_file), STATE "/guard.package"},
    {offsetof(struct paths, findings), STATE "/findings"},
    {offsetof(struct paths, gone), STATE "/gone"},
    {offsetof(struct paths, reported), STATE "/reported"},
    {offsetof(struct paths, enrolling), STATE "/enrolling"},
    {offsetof(struct paths, leaving), STATE "/leaving"},
    {offsetof(struct paths, run), "/run/holdfast"},
    {offsetof(struct paths, socket), "/run/holdfast/keeper.sock"},
    {offsetof(struct paths, removed), "/run/holdfast/removed"},
    {offsetof(struct paths, starts), "/run/holdfast/starts"},
    {offsetof(struct paths, manifest), "/usr/lib/holdfast/manifest"},
    {offsetof(struct paths, removal), "/run/holdfast/removal"},
    {offsetof(struct paths, removal_log), "/run/holdfast/removal.log"},
    {offsetof(struct paths, removal_end), "/run/holdfast/removal.end"},
    {offsetof(struct paths, systemd), "/run/systemd/system"},
    {offsetof(struct paths, systemd_run), "/usr/bin/systemd-run"},
    {offsetof(struct paths, systemctl), "/usr/bin/systemctl"},
    {offsetof(struct paths, system_bus), "/run/dbus/system_bus_socket"},
    {offsetof(struct paths, staying_folder), "/run/systemd/system/holdfast-keeper.service.d"},
    {offsetof(struct paths, staying),
     "/run/systemd/system/holdfast-keeper.service.d/holdfast-protected.conf"},
    {offsetof(struct paths, guard), "/usr/lib/holdfast/holdfast-guard"},
    {offsetof(struct paths, guards), "/usr/lib/holdfast/guards"},
    {offsetof(struct paths, dnf_folder), "/etc/dnf/protected.d"},
    {offsetof(struct paths, dnf), "/etc/dnf/protected.d/holdfast-guards.conf"},
    {offsetof(struct paths, agent), "/usr/lib/holdfast/holdfast-agent"},
    {offsetof(struct paths, packages), "/var/lib/dpkg"},
    {offsetof(struct paths, rpm_database), "/var/lib/rpm"},
    {offsetof(struct paths, rpm_sysimage), "/usr/lib/sysimage/rpm"},
    {offsetof(struct paths, apt_get), "/usr/bin/apt-get"},
    {offsetof(struct paths, dpkg), "/usr/bin/dpkg"},
    {offsetof(struct paths, rpm), "/usr/bin/rpm"},
    {offsetof(struct paths, firmware), "/sys/class/dmi/id"},
    {offsetof(struct paths, tree), "/sys/firmware/devicetree/base"},
    {offsetof(struct paths, etc), "/etc"},
    {offsetof(struct paths, container), "/run/systemd/container"},
    {offsetof(struct paths, docker), "/.dockerenv"},
};

void paths_fill(struct arena *a, const char *root, struct paths *out)
{
	size_t i;

	out->root = arena_dup(a, root);
	for (i = 0; i < ARRAY_SIZE(table); i++)
		*(const char **)((char *)out + table[i].offset) =
		    arena_printf(a, "%s%s", root, table[i].path);
}
