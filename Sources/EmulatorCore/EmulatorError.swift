// The reasons why an account's folder or port cannot be used.

import Basics
import Foundation
import Platform

/// Why an account's folder cannot be used.
package enum EmulatorError: Error, Hashable, Sendable {
    /// A newer version wrote the folder; `version` is its state format.
    case newerFormat(folder: String, version: Int)
    /// The folder holds the state of a different account, named `account`.
    case otherAccount(folder: String, account: String)
    /// The folder holds the state of another cloud's account.
    case otherService(folder: String, service: String)
    /// The server did not start listening, for example because the port is in use.
    case notListening(reason: String)
}
