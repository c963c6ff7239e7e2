// What can be wrong with the store.

package import Basics

/// A structured error of the store; file errors pass through as `FileError`.
package enum StoreError: Error, Hashable, Sendable {
    /// The object's bytes are not those it is named after. The step that made it runs again.
    case corrupt(Digest)
    /// No object has this digest.
    case missingObject(Digest)
    /// A result that cannot be read.
    case damagedResult(StepKey, reason: String)
    /// The store was written by a newer Assay.
    case newerFormat(path: String, found: Int, known: Int)
    /// The store's format file is not one.
    case unknownFormat(path: String)
    /// Something in the state folder is a symbolic link, through which files elsewhere would be changed.
    case linked(path: String)
}
