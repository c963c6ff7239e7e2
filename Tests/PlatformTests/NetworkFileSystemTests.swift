// Which file systems are shared by machines, by the system's table of mounts.

import Platform
import Testing

@Suite struct NetworkFileSystemTests {
    private static let mounts = """
        overlay / overlay rw 0 0
        server:/home /home nfs4 rw,vers=4.2 0 0
        /dev/sdb1 /home/me/fast ext4 rw 0 0
        fs@tcp:/scratch /scratch\\040one lustre rw 0 0
        """

    @Test(arguments: [
        ("/tmp/ledger.sqlite", false), ("/home/me/.assay/ledger.sqlite", true), ("/home/me/fast/ledger.sqlite", false),
        ("/homes/ledger.sqlite", false), ("/scratch one/ledger.sqlite", true),
    ])
    func network(path: String, isNetwork: Bool) { #expect(isOnNetwork(path, mounts: Self.mounts) == isNetwork) }
}
