// Resources at a provider that Assay created but the ledger does not know.

/// A resource of Assay's at a provider that is missing from the ledger.
package enum UnknownResource: Sendable {
    /// A deployment with Assay's naming.
    case deployment(name: String, account: String, model: String?)
    /// - `duplicateOf`: the number of the job in the ledger that does the same work; `nil` for none.
    case job(kind: String, id: String, tag: String, status: String, account: String, duplicateOf: Int64?)
}
