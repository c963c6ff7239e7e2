// The folder of the user's own configuration, outside of all projects.

import Foundation
import Glibc
import Platform

/// The folder for data that belongs to the user and must never come from a project: `$XDG_CONFIG_HOME/assay`, by
/// default `~/.config/assay`.
struct UserFolder {
    /// Why the folder cannot be determined.
    struct Unavailable: Error, CustomStringConvertible {
        var description: String
    }

    let path: String

    /// Without `HOME`, uses the home folder in the user database. Ignores relative paths, as the XDG specification
    /// requires.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(Unavailable) {
        func absolute(_ path: String?) -> String? { path.flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let listed = getpwuid(getuid()).flatMap { $0.pointee.pw_dir.map { String(cString: $0) } }
        if let named = absolute(environment["XDG_CONFIG_HOME"]) {
            path = named + "/assay"
        } else if let home = absolute(environment["HOME"]) ?? absolute(listed) {
            path = home + "/.config/assay"
        } else {
            throw Unavailable(
                description: "this user has no home folder to keep configuration in: set HOME or XDG_CONFIG_HOME")
        }
    }

    /// Creates the folder, accessible only to this user.
    func make() throws {
        try LocalFileSystem().makeFolder(folder(of: path))
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError("make folder", path) }
    }

    /// Creates a file that only this user can read, atomically with its contents. An existing file is left unchanged.
    func add(_ name: StaticString, _ text: String) throws {
        try make()
        let target = "\(path)/\(name)"
        let temporary = temporaryName(beside: target)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("create", temporary) }
        defer { unlink(temporary) }
        let bytes = Array(text.utf8)
        let isWritten = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
        let isKept = isWritten && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isKept else { throw FileError("write", temporary, errno: code) }
        if link(temporary, target) != 0, errno != EEXIST { throw FileError("create", target) }
        try LocalFileSystem().sync(path)
    }
}
