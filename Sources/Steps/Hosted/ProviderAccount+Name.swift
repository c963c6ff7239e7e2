// The ledger's name of an account.

import Basics
package import Planning

extension ProviderAccount {
    /// A one-line name that distinguishes accounts and contains no secret.
    package var name: String {
        switch self {
        case .address(let kind, let endpoint): "\(kind) \(endpoint)"
        case .other(let kind, let account):
            ([kind] + account.sorted { $0.key < $1.key }.map(\.value)).joined(separator: " ")
        case .emulator(let account, let weights, let classes, let program, let api):
            (["emulator", account] + [weights, classes, program].compactMap { $0?.short } + [api].compactMap(\.self))
                .joined(separator: " ")
        }
    }
}
