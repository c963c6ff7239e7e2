// The executable `assay`; everything is in CommandLine.

import CGlibc
import CommandLine

// Unless a thread's heap starts large, it grows page by page, each with a system call. Untouched pages cost nothing.
_ = mallopt(M_TOP_PAD, 16 << 20)
await runAssay()
