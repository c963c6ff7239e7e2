// Records the files that are opened, as reported by the kernel (inotify).

import Foundation
import Glibc

/// Watches a folder, and other folders with all folders below them, for files that are opened.
final class OpenedFiles {
    private let queue = inotify_init1(Int32(IN_NONBLOCK))
    private var folders: [Int32: String] = [:]

    init(in folder: String, below roots: String...) {
        watch(folder)
        for root in roots {
            watch(root)
            for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() {
                watch(root + "/" + path)
            }
        }
    }

    deinit { close(queue) }

    private func watch(_ path: String) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return }
        folders[inotify_add_watch(queue, path, UInt32(IN_OPEN))] = path
    }

    /// The paths of the files that were opened since the last call.
    func taken() -> Set<String> {
        var paths: Set<String> = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let size = read(queue, &buffer, buffer.count), size > 0 {
            buffer[0..<size].withUnsafeBytes { bytes in
                var at = 0
                // The event: watch, mask, cookie and length of the name, then the name with zeros behind it.
                while at + 16 <= size {
                    let watch = bytes.loadUnaligned(fromByteOffset: at, as: Int32.self)
                    let length = Int(bytes.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self))
                    let name = String(decoding: bytes[(at + 16)..<(at + 16 + length)].prefix { $0 != 0 }, as: UTF8.self)
                    if let folder = folders[watch], !name.isEmpty { paths.insert(folder + "/" + name) }
                    at += 16 + length
                }
            }
        }
        return paths
    }
}
