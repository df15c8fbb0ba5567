/* Where everything lies (docs/device.md, Files), below a root folder that is "/" outside tests. */
#pragma once

#include "base/arena.h"

struct paths {
	const char *root; /* "" for "/" */
	const char *conf_folder, *conf, *mark;
	const char *state; /* the state folder */
	const char *key, *anchor, *keys, *statement, *grants, *ledger, *reports;
	const char *owner;         /* whose login enrolled the device */
	const char *filing;        /* a request the server has not got yet */
	const char *offline;       /* grants that codes open */
	const char *offline_tries; /* wrong codes */
	const char *view;          /* what the server said last about the request */
	const char *noted;         /* which protected packages were there */
	const char *package_file;  /* a generated package on its way to the package manager */
	const char *findings;      /* what is amiss with the protection */
	const char *gone;          /* the second observer's word that there was no keeper */
	const char *reported;      /* how much of the ledger has its receipts */
	const char *enrolling;     /* an enrolment to be finished */
	const char *leaving;       /* a wiping to be finished */
	const char *run, *socket, *removed;
	const char *starts;   /* whether this process ended by itself, and when it did not */
	const char *manifest; /* of the package */
	const char *removal, *removal_log, *removal_end; /* one that the keeper began */
	const char *systemd;                             /* there while systemd runs */
	const char *systemd_run, *systemctl, *system_bus;
	const char *staying_folder, *staying; /* the drop-in that refuses stopping by hand */
	const char *guard, *guards;   /* the guard; rpm's folder of those for other packages */
	const char *dnf_folder, *dnf; /* what dnf is not to remove */
	const char *agent;            /* the program */
	const char *packages;         /* dpkg's folder */
	const char *rpm_database, *rpm_sysimage; /* rpm's: one of them, by distribution */
	const char *apt_get, *dpkg, *rpm;        /* programs */
	const char *firmware, *tree,
	    *etc;                       /* what the machine is recognised by: keeper/hardware.h */
	const char *container, *docker; /* one of these is there: it is a container */
};

/* root without a slash at its end, "" for "/". */
void paths_fill(struct arena *a, const char *root, struct paths *out);
