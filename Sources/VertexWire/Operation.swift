// Long-running operations.

package import Basics

/// A deletion or an undeployment.
package struct Operation: ProtoMessage {
    /// The address by which it is polled.
    package var name: String?
    /// Whether it has ended; absent means no.
    package var done: Bool?
    /// Set if it failed.
    package var error: RPCStatus?
    /// Times and partial failures.
    package var metadata: JSONValue?
    /// Set if it succeeded.
    package var response: JSONValue?

    /// An operation with no field set.
    package init() {}
}
