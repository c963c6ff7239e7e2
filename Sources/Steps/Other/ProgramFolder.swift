// Prepares the folder and the environment of a user's program.

import Foundation
import Platform

/// The folder and the environment of a program that a spec names.
package enum ProgramFolder {
    /// Variables that every program receives besides those it declares: program paths, locale and time zone, which do
    /// not affect results.
    package static let usualVariables = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ"]

    /// Copies a file or a folder to a name in the program's folder.
    static func copy(_ source: String, to name: String, in folder: String) throws {
        guard try LocalFileSystem().status(source)?.kind == .folder else {
            return try copy(file: source, to: name, in: folder)
        }
        try LocalFileSystem().makeFolder(folder + "/" + name)
        for path in try relativePaths(below: source) {
            try copy(file: source + "/" + path, to: name + "/" + path, in: folder)
        }
    }

    /// Copies a file to a name in the program's folder.
    static func copy(file source: String, to name: String, in folder: String) throws {
        let target = folder + "/" + name
        if name.utf8.contains(UInt8(ascii: "/")) { try LocalFileSystem().makeFolder(Platform.folder(of: target)) }
        try LocalFileSystem().copy(source, to: target, sync: false)
    }
}
