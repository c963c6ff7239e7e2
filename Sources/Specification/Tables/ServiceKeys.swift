// The keys of providers, from what their plug-ins declare.

import Basics

extension ValueType where Value == ProviderSpec {
    /// A map with keys that depend on its `kind`.
    static let provider = ValueType(
        expected: "a map", word: "the keys of a provider, by `kind`", schema: ["$ref": "#/$defs/provider"],
        entities: { $0.services.map(\.description) + [$0.emulator.description] },
        merging: { known in
            .oneOf(known.services.map { $0.description.merging(known) } + [known.emulator.description.merging(known)])
        },
        read: { node, reading in
            let vocabulary = reading.vocabulary
            guard let pairs = node.pairs else {
                reading.wrongType(node, expected: "a map with the keys of a provider", keys: ["kind"])
                return nil
            }
            guard let pair = pairs.first(where: { $0.key == "kind" }) else {
                let kinds = vocabulary.providers.map(\.kind).joined(separator: ", ")
                reading.report(
                    .missingKey("kind", of: "a provider", meaning: kinds + " or \(EmulatorSpec.kind)"), at: node.position.start)
                return nil
            }
            guard let kind = ValueType<String>.oneOf(vocabulary.kinds, "a kind of provider").read(pair.value, reading) else {
                return nil
            }
            guard let table = vocabulary.services.first(where: { $0.blank.kind == kind }) else {
                return vocabulary.emulator.read(node, reading).map { .emulator($0) }
            }
            return table.read(node, reading).map { .service($0) }
        },
        write: { _ in .null })
}

extension Key {
    /// The `kind` key, which is read before the table is chosen.
    static func kind(_ word: String) -> Key {
        .setting(
            "kind",
            ValueType<String>(
                expected: word, word: "`\(word)`", schema: ["const": .string(word)],
                read: { node, _ in node.scalar?.text }, write: { .string($0) }),
            "The kind of provider, which determines the other keys."
        ) { _, _ in }
    }
}

private let insecureNote =
    "Allows plain `http` to another machine. Anyone on the network path can then read and change keys, images and answers."

private let priceNote =
    "`free` for a server without charges, such as one on this machine. Default: prices come from `prices` or the built-in "
    + "table, and the cost of a model without a price is unknown."

extension ServiceSpec {
    /// The key table of a kind of provider: its own keys and those that all providers have.
    static func table(_ provider: ProviderKeys) -> KeyTable<ServiceSpec> {
        KeyTable(
            provider.kind, called: provider.called, provider.summary,
            blank: ServiceSpec(kind: provider.kind, values: .standard(provider.keys)), canExtend: true,
            example: provider.example,
            keys: [.kind(provider.kind)]
                + provider.keys.map { key in
                    .setting(
                        key.name, key.type(), required: key.isRequired, defaultValue: key.standard.map { .string($0) },
                        key.text, examples: key.examples.map { .string($0) }
                    ) { $0.values.merge($1) }
                } + [
                    .optional("price", \.price, .word("a price"), priceNote),
                    .key("allow_insecure", \.allowInsecure, .flag, insecureNote),
                ])
    }
}

extension ServiceValues {
    /// One text under a key.
    fileprivate init(_ name: String, _ text: EnvironmentText, of key: ProviderKeys.Key) {
        self.init()
        if key.identifiesAccount { settings[name] = text } else { access[name] = text }
    }

    fileprivate static func secret(_ name: String, _ text: EnvironmentText) -> ServiceValues {
        ServiceValues(secrets: [name: text])
    }

    /// The values of a map in which no key is written.
    fileprivate static func standard(_ keys: [ProviderKeys.Key], prefix: String = "") -> ServiceValues {
        var values = ServiceValues()
        for key in keys {
            if let standard = key.standard { values.merge(ServiceValues(prefix + key.name, EnvironmentText(standard), of: key)) }
        }
        return values
    }
}

extension ProviderKeys.Key {
    /// - Parameter prefix: the names of the groups around the key, each followed by a dot.
    fileprivate func type(prefix: String = "") -> ValueType<ServiceValues> {
        let (key, full) = (self, prefix + name)
        func text(_ type: ValueType<EnvironmentText>) -> ValueType<ServiceValues> {
            type.map {
                ServiceValues(full, $0, of: key)
            } back: {
                $0[full] ?? EnvironmentText("")
            }
        }
        switch form {
        case .text, .address, .pathSegment: return text(.deferred)
        case .secret:
            return ValueType<EnvironmentText>.secret.map {
                .secret(full, $0)
            } back: {
                $0[full] ?? EnvironmentText("")
            }
        case .pattern(let pattern, let expected):
            return text(
                ValueType<String>.text(
                    word: "text", expected: expected, pattern: pattern,
                    fits: { text in (try? Regex(pattern)).map { text.wholeMatch(of: $0) != nil } ?? false }
                ).map {
                    EnvironmentText($0)
                } back: {
                    $0.template
                })
        case .group(let group): return .group(group, prefix: full + ".", identifies: identifiesAccount)
        case .choice(let expected, let options):
            return .choice(
                expected,
                options.map { option in
                    @Sendable func chosen(_ word: String) -> ServiceValues { ServiceValues(full, EnvironmentText(word), of: key) }
                    switch option {
                    case .word(let word): return .word(word, chosen(word))
                    case .group(let word, let group):
                        return .key(
                            word, ValueType.group(group, prefix: full + ".", identifies: key.identifiesAccount),
                            from: { values in
                                var values = values
                                values.merge(chosen(word))
                                return values
                            }, back: { $0[full]?.template == word ? $0 : nil })
                    case .secret(let word):
                        return .key(
                            word, ValueType<EnvironmentText>.secret,
                            from: { text in
                                var values = chosen(word)
                                values.merge(.secret(full + "." + word, text))
                                return values
                            }, back: { $0[full + "." + word] })
                    }
                })
        }
    }
}

extension ValueType where Value == ServiceValues {
    /// - Parameter identifies: whether the group's values distinguish accounts.
    fileprivate static func group(_ group: ProviderKeys.Group, prefix: String, identifies: Bool) -> ValueType {
        let keys = group.keys.map { key in
            var key = key
            key.identifiesAccount = identifies
            return key
        }
        let table = KeyTable(
            group.id, called: group.called, group.summary, blank: ServiceValues.standard(keys, prefix: prefix),
            keys: keys.map { key in
                .setting(
                    key.name, key.type(prefix: prefix), required: key.isRequired,
                    defaultValue: key.standard.map { .string($0) }, key.text, examples: key.examples.map { .string($0) }
                ) { (values: inout ServiceValues, read: ServiceValues) in values.merge(read) }
            })
        return .of(table)
    }
}
