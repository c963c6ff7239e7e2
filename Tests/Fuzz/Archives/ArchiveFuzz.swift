// The fuzz target for archives: no entry leaves the folder, and no archive exceeds its limits.

import Foundation
import Platform

/// In memory where the system has it.
private let path: String = {
    let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    return folder + "/assay-archive-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
}()

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArchive(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Data(UnsafeBufferPointer(start: start, count: count))
    do {
        try bytes.write(to: URL(fileURLWithPath: path))
    } catch {
        preconditionFailure("the input cannot be written: \(error)")
    }
    var archive = Archive(path)
    archive.limits.freeBytes = 1 << 20
    archive.limits.entryBytes = 1 << 19
    archive.limits.entries = 1000
    let most = archive.limits.freeBytes + Int64(count) * archive.limits.ratio
    var total: Int64 = 0
    do {
        try archive.forEach { entry, read in
            let parts = entry.path.split(separator: "/")
            precondition(!entry.path.hasPrefix("/") && !parts.contains(".."), "an entry that reaches out")
            precondition(!entry.path.utf8.contains(0), "a name with a NUL")
            guard entry.kind == .file else { return }
            total += Int64(try read().count)
            precondition(total <= most, "more than the limit was unpacked")
        }
    } catch {
        precondition(!"\(error)".isEmpty, "a refusal without a word")
    }
    return 0
}
