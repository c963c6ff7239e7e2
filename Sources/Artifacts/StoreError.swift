// The errors of the store.

package import Basics

/// An error of the store; file errors are passed on as `FileError`.
package enum StoreError: Error, Hashable, Sendable {
    /// The object's bytes do not match its digest. The step that produced it runs again.
    case corrupt(Digest)
    /// The store has no object with this digest.
    case missingObject(Digest)
    /// The record of a result cannot be read.
    case damagedResult(StepKey, reason: String)
    /// A newer version of Assay wrote the store.
    case newerFormat(path: String, found: Int, known: Int)
    /// The store's format file does not contain a version.
    case unknownFormat(path: String)
    /// An entry in the state folder is a symbolic link, through which files elsewhere would be changed.
    case linked(path: String)
}
