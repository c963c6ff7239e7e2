// The messages of the store's errors.

import Basics

extension StoreError: CustomStringConvertible {
    /// The message for users: the error, its location and the recommended action.
    package var description: String {
        switch self {
        case .corrupt(let digest):
            "object \(digest.short)… in the store is damaged: its content does not match its digest"
        case .missingObject(let digest):
            "object \(digest.short)… is not in the store"
        case .damagedResult(let key, let reason):
            "the result of step key \(key.digest.short)… cannot be read: \(reason)"
        case .newerFormat(let path, let found, let known):
            "\(path) has format \(found), this version of Assay supports formats up to \(known): use a newer Assay"
        case .unknownFormat(let path):
            "\(path) is not a valid format file of an Assay store"
        case .linked(let path):
            "\(path) is a symbolic link. A state folder may come with an untrusted project, so Assay refuses one that "
                + "contains links: remove the link, or choose another state folder with --state or ASSAY_STATE"
        }
    }
}
