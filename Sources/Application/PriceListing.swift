// Lists the price tables used to forecast and count costs.

import ProviderKit
import Providers
package import Specification

/// A price table and the providers that use it.
package struct PriceListing: Sendable {
    /// The names of the providers.
    package var providers: [String]
    /// Whether the spec's `prices:` names the table; other tables are built in.
    package var isOwn = false
    /// `nil` for providers that are free.
    package var table: PriceTable?

    /// The tables shipped with the program.
    package static var builtIn: [PriceListing] {
        builtInProviders.keys.flatMap { $0.prices?.tables() ?? [] }
            .map { PriceListing(providers: [$0.provider], table: $0.table) }
    }

    /// The tables that a spec uses, each once with all its providers.
    package static func used(by spec: LoadedSpec) -> [PriceListing] {
        var listings: [PriceListing] = []
        for (name, provider) in spec.spec.providers {
            let pricing = spec.pricing(of: provider)
            let table = pricing.isFree ? nil : pricing.table
            if let at = listings.firstIndex(where: { $0.table == table }) {
                listings[at].providers.append(name)
            } else {
                listings.append(
                    PriceListing(
                        providers: [name], isOwn: table != nil && spec.prices != nil, table: table))
            }
        }
        return listings
    }
}
