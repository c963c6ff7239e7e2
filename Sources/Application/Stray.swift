// What a provider has of Assay's that the ledger does not know.

/// Something of ours at a provider that the ledger does not know.
package enum Stray: Sendable {
    case deployment(name: String, account: String, model: String?)
    /// - `twin`: the number of the job in the ledger that does the same work.
    case job(kind: String, id: String, tag: String, status: String, account: String, twin: Int64?)
}
