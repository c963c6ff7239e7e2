// A kind of provider as specs know it: its keys, hyperparameters, limits and prices. Plug-ins declare it.

/// The facts about one kind of provider that specs need. Parsing, checks, JSON Schema, the reference page and forecasts are
/// derived from it.
package struct ProviderKeys: Sendable {
    /// The form of a key's value.
    package indirect enum Form: Sendable {
        /// A text whose variables are resolved on use.
        case text
        /// The address of a server, checked for its form and for unencrypted HTTP.
        case address
        /// A text that becomes one part of an address.
        case pathSegment
        /// One environment variable; a value is an error.
        case secret
        /// A text of a certain form, whose variables are resolved at once.
        /// - Parameters:
        ///   - pattern: a regular expression for JSON Schema and for reading.
        ///   - expected: completes "… is expected here".
        case pattern(String, expected: String)
        /// A map with keys of its own.
        case group(Group)
        /// A word, or a map of one key.
        /// - Parameter expected: completes "… is expected here".
        case choice(expected: String, [Option])
    }

    /// A map of keys within a provider.
    package struct Group: Sendable {
        /// The name in JSON Schema and on the reference page, unique among all kinds.
        package var id: String
        /// The name in messages, with its article.
        package var called: String
        /// One sentence of Markdown.
        package var summary: String
        /// In the order of the reference page.
        package var keys: [Key]

        /// - Parameter id: unique among all kinds of providers.
        package init(_ id: String, called: String, _ summary: String, keys: [Key]) {
            self.id = id
            self.called = called
            self.summary = summary
            self.keys = keys
        }
    }

    /// One form of a choice.
    package enum Option: Sendable {
        /// The word alone.
        case word(String)
        /// The word as a key with a map below it.
        case group(String, Group)
        /// The word as a key with an environment variable below it.
        case secret(String)
    }

    /// One key of a provider.
    package struct Key: Sendable {
        /// The key as written in the spec.
        package var name: String
        /// Whether a spec without the key is invalid.
        package var isRequired: Bool
        /// The form of its value.
        package var form: Form
        /// The value of a spec without the key, as written there; `nil` for none.
        package var standard: String?
        /// Whether the value distinguishes accounts and is therefore part of every cache key. A path of credentials or
        /// a folder for files does not.
        package var identifiesAccount: Bool
        /// Examples for editors.
        package var examples: [String]
        /// The meaning of the key, in one or two sentences of Markdown.
        package var text: String

        /// - Parameters:
        ///   - isSecret: the same as the form `secret`.
        ///   - standard: the value of a spec without the key.
        ///   - text: the meaning of the key, in one or two sentences of Markdown.
        package init(
            _ name: String, isRequired: Bool = false, isSecret: Bool = false, as form: Form? = nil, standard: String? = nil,
            identifiesAccount: Bool = true, examples: [String] = [], _ text: String
        ) {
            self.name = name
            self.isRequired = isRequired
            self.form = form ?? (isSecret ? .secret : name == "endpoint" ? .address : .text)
            self.standard = standard
            self.identifiesAccount = identifiesAccount
            self.examples = examples
            self.text = text
        }
    }

    /// The check of a spec's `training_type`.
    package enum TrainingTypes: Hashable, Sendable {
        /// Jobs have training types and methods.
        case supported
        /// Jobs have no training types.
        case unknown
        /// An older version of the API: `training_type` and methods other than `supervised` need another one.
        /// - Parameters:
        ///   - version: the version that the spec names.
        ///   - hint: which versions have them.
        case needsVersion(version: String, hint: String)
    }

    /// The built-in prices of a kind of provider.
    package struct Prices: Sendable {
        /// The tables, the usual one first. Called on first use, because parsing takes some milliseconds.
        package var tables: @Sendable () -> [BuiltInPrices]
        /// The name of the price table of an account; `nil` means an emulated account.
        package var name: @Sendable (ServiceSpec?) -> String

        /// - Parameter name: returns the name of one of the tables; its argument is `nil` for an emulated account.
        package init(
            _ tables: @escaping @Sendable () -> [BuiltInPrices], name: @escaping @Sendable (ServiceSpec?) -> String
        ) {
            self.tables = tables
            self.name = name
        }
    }

    /// The form of an account in cache keys.
    package enum AccountForm: Hashable, Sendable {
        /// By all settings that identify the account.
        case settings
        /// By the address alone, without any of these endings. Only kinds that were there before plug-ins were.
        case address(withoutEndings: [String])
    }

    /// The value of `kind` in specs.
    package var kind: String
    /// The kind in messages, with its article.
    package var called: String
    /// One or two sentences of Markdown for the reference page.
    package var summary: String
    /// The plug-in's own keys, in the order of the reference page.
    package var keys: [Key]
    /// A YAML example for the reference page; `nil` for none.
    package var example: String?
    /// The form of an account in cache keys.
    package var account = AccountForm.settings
    /// Whether a model must be deployed before it can be asked; otherwise it is asked by its own name.
    package var deploysModels = false
    /// The group of keys without which nothing can be deployed; `nil` if there is no such group.
    package var deploymentGroup: String?
    /// The operation's path in each line of a batch; `nil` for the usual one.
    package var batchPath: String?
    /// The word of an emulator's `api` that imitates this kind; `nil` if there is no emulator.
    package var emulatedAs: String?
    /// Whether a model sees a resized image, so that it cannot name pixels.
    package var resizesImages = false
    /// The check of `training_type`.
    package var trainingTypes: @Sendable (ServiceSpec) -> TrainingTypes = { _ in .supported }
    /// The built-in prices; `nil` for a kind without any.
    package var prices: Prices?
    /// The hyperparameters of its tuning jobs, from the capability table.
    package var hyperparameters: [HyperparameterKey] = []
    /// The limits of its file formats.
    package var limits = ProviderLimits()
    /// The epochs, before the last, whose models stay after a job of this many epochs. From the capability table.
    package var keptCheckpoints: @Sendable (Int) -> [Int] = { _ in [] }

    /// - Parameters:
    ///   - called: the kind in messages, with its article.
    ///   - keys: without `kind` and the keys that all providers have.
    package init(kind: String, called: String? = nil, summary: String, keys: [Key], example: String? = nil) {
        self.kind = kind
        self.called = called ?? "a provider of the kind \(kind)"
        self.summary = summary
        self.keys = keys
        self.example = example
    }

    /// The keys with a form, groups included, by their full names.
    func keys(where fits: (Form) -> Bool) -> [String] {
        func found(_ keys: [Key], _ prefix: String) -> [String] {
            keys.flatMap { key -> [String] in
                if case .group(let group) = key.form { return found(group.keys, prefix + key.name + ".") }
                return fits(key.form) ? [prefix + key.name] : []
            }
        }
        return found(keys, "")
    }

    /// The required keys of a group of keys.
    func requiredKeys(ofGroup name: String) -> [String] {
        guard case .group(let group)? = keys.first(where: { $0.name == name })?.form else { return [] }
        return group.keys.filter(\.isRequired).map(\.name)
    }
}
