// The executable `assay`; everything is in AssayCommands.

import AssayCommands
import CGlibc

// A thread's heap grows page by page, each with a call of the kernel, unless it begins large. Pages that nothing is
// written to cost nothing.
_ = mallopt(M_TOP_PAD, 16 << 20)
await runAssay()
