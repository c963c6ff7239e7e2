// The executable `assay`; everything is in CommandLine.

import CGlibc
import CommandLine

// A thread's heap grows page by page, each with a call of the kernel, unless it begins large. Pages that nothing is
// written to cost nothing.
_ = mallopt(M_TOP_PAD, 16 << 20)
await runAssay()
