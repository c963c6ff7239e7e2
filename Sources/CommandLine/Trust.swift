// `assay trust`: manages the hosts that may receive this user's keys, tokens and data.

import Application
import ArgumentParser
import Basics

struct Trust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "List the hosts that may receive your keys and data, or add hosts.",
        discussion: """
            The hosts of the built-in providers and this machine need no entry. A sign-in token, such as that of the Azure \
            CLI, is sent only to hosts of that cloud unless you trust another host. The list belongs to you, not to the \
            project. ASSAY_TRUST=HOST,HOST trusts hosts for one command.
            """)

    @Argument(help: "HOST or HOST:PORT. Without arguments, the list is printed.")
    var hosts: [String] = []
    @Flag(help: "Remove the hosts from the list.")
    var remove = false
    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let trusted = try TrustedHosts()
            // Check all hosts before adding any.
            let named = try hosts.map(TrustedHosts.host)
            if named.isEmpty {
                let list = try trusted.list()
                if json {
                    return Terminal.writeJSON([
                        "hosts": .array(list.map { .string("\($0)") }), "file": .string(trusted.path),
                    ])
                }
                if list.isEmpty {
                    Terminal.writeLine("no hosts are trusted beyond those of the built-in providers and this machine")
                }
                for host in list { Terminal.writeLine("\(host)") }
            }
            for host in named {
                if remove {
                    guard try trusted.remove(host) else {
                        throw Refusal("\(host) is not in \(trusted.path)", code: .invalid)
                    }
                    Terminal.writeLine("\(host) is no longer trusted")
                } else {
                    try trusted.add(host)
                    Terminal.writeLine("\(host) is trusted (\(trusted.path))")
                }
            }
        }
    }
}
