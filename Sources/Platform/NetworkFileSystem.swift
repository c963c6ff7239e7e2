// Whether a path lies on a file system that several machines share.

import Foundation

/// File systems over a network, by the names that Linux has for them.
private let networkKinds: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "afs", "glusterfs", "fuse.glusterfs",
    "fuse.sshfs",
]

/// Whether the file system of a path is one over a network.
/// - Parameter mounts: the system's table: a line with device, folder and kind for each file system. (proc(5),
///   "/proc/mounts".)
package func isOnNetwork(
    _ path: String, mounts: String = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
) -> Bool {
    let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var nearest: (folder: String, kind: String) = ("", "")
    for line in mounts.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count > 2 else { continue }
        let folder = String(fields[1]).replacingOccurrences(of: "\\040", with: " ")
        let isAbove = folder == "/" || path == folder || path.hasPrefix(folder + "/")
        // Of two at one folder the later one lies on top.
        if isAbove, folder.utf8.count >= nearest.folder.utf8.count { nearest = (folder, String(fields[2])) }
    }
    return networkKinds.contains(nearest.kind)
}
