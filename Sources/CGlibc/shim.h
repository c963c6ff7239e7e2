// Declarations of the C library that Swift's Glibc module lacks, because they need _GNU_SOURCE.
#include <malloc.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { ASSAY_SPAWN_SETSID = 0x80, ASSAY_MFD_CLOEXEC = 1 };
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int memfd_create(const char *name, unsigned int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
