// The executable `assay`; everything is in AssayCommands.

import AssayCommands

await runAssay()
