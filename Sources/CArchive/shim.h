// Opens CArchive to Swift.
#include <archive.h>
#include <archive_entry.h>
