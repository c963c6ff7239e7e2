// The keys of providers.

import Basics

/// The kinds of providers.
enum ProviderKind: String, CaseIterable, Sendable {
    case azureOpenAI = "azure-openai"
    case openAI = "openai"
    case emulator
}

extension ValueType where Value == ProviderSpec {
    /// A map with keys that depend on its `kind`.
    static let provider: ValueType = {
        let azure = ValueType<AzureOpenAISpec>.entity
        let openAI = ValueType<OpenAISpec>.entity
        let emulator = ValueType<EmulatorSpec>.entity
        let kind = ValueType<ProviderKind>.word("a kind of provider")
        func isKind(_ kind: ProviderKind) -> JSONValue {
            ["required": ["kind"], "properties": ["kind": ["const": .string(kind.rawValue)]]]
        }
        return ValueType(
            expected: "a map", word: "\(azure.word), \(openAI.word) or \(emulator.word), by `kind`",
            schema: [
                "if": isKind(.emulator), "then": emulator.schema,
                "else": ["if": isKind(.openAI), "then": openAI.schema, "else": azure.schema],
            ],
            entities: { azure.entities() + openAI.entities() + emulator.entities() },
            merging: { .oneOf([azure.merging(), openAI.merging(), emulator.merging()]) },
            read: { node, reading in
                guard let pairs = node.pairs else {
                    reading.wrongType(node, expected: "a map with the keys of a provider", keys: ["kind"])
                    return nil
                }
                guard let pair = pairs.first(where: { $0.key == "kind" }) else {
                    let kinds = (["azure-openai", "openai"] + reading.providers.map(\.kind)).joined(separator: ", ")
                    reading.report(
                        .missingKey("kind", of: "a provider", meaning: kinds + " or emulator"), at: node.position.start)
                    return nil
                }
                if let keys = reading.providers.first(where: { $0.kind == pair.value.scalar?.text }) {
                    return OtherProviderSpec.table(keys).read(node, reading).map { .other($0) }
                }
                switch kind.read(pair.value, reading) {
                case .azureOpenAI: return azure.read(node, reading).map { .azureOpenAI($0) }
                case .openAI: return openAI.read(node, reading).map { .openAI($0) }
                case .emulator: return emulator.read(node, reading).map { .emulator($0) }
                case nil: return nil
                }
            },
            write: { _ in .null })
    }()
}

extension Key {
    /// The `kind` key, which is read before the table is chosen.
    fileprivate static func kind(_ kind: ProviderKind) -> Key { .kind(kind.rawValue) }

    fileprivate static func kind(_ word: String) -> Key {
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

extension AzureOpenAISpec: SpecEntity {
    static let table = KeyTable(
        "azure-openai", called: "an azure-openai provider",
        "An Azure OpenAI account. Its endpoint, keys and control plane may name environment variables, which are read "
            + "only when a step that must run needs them.",
        blank: AzureOpenAISpec(endpoint: EnvironmentText("")), canExtend: true,
        example: """
            providers:
              foundry:
                kind: azure-openai
                endpoint: ${AZURE_OPENAI_ENDPOINT}
                api_key: ${AZURE_OPENAI_API_KEY}
                control_plane:
                  subscription: ${AZURE_SUBSCRIPTION_ID}
                  resource_group: ${AZURE_RESOURCE_GROUP}
                  account: ${AZURE_ACCOUNT}
            """,
        keys: [
            .kind(.azureOpenAI),
            .required(
                "endpoint", \.endpoint, .deferred, "The account's address.", examples: ["https://NAME.openai.azure.com"]
            ),
            .optional("api_key", \.apiKey, .secret, "The account's key."),
            .key(
                "api_version", \.apiVersion,
                .text(
                    word: "text", expected: "an api-version such as 2025-04-01-preview, or v1",
                    pattern: #"^(v1|\d{4}-\d{2}-\d{2}(-preview)?)$"#, fits: AzureOpenAISpec.isAPIVersion),
                "The `api-version` of the classic paths, or `v1` for `/openai/v1`. Training types and methods other than "
                    + "`supervised` need a preview version or `v1`."),
            .key("auth", \.auth, .auth, "How requests are authenticated."),
            .optional(
                "control_plane", \.controlPlane, .entity,
                "The control plane that manages deployments. Required for "
                    + "`deploy`."),
            .optional(
                "price", \.price, .word("a price"),
                "`free` for a server without charges, such as one on this machine. Default: prices come from `prices` or the "
                    + "built-in table, and the cost of a model without a price is unknown."),
            .key("allow_insecure", \.allowInsecure, .flag, insecureNote),
        ])
}

extension OtherProviderSpec {
    /// The key table of a plug-in's provider: its own keys and those that all providers have.
    static func table(_ keys: ProviderKeys) -> KeyTable<OtherProviderSpec> {
        KeyTable(
            keys.kind, called: "a provider of the kind \(keys.kind)", keys.summary,
            blank: OtherProviderSpec(kind: keys.kind), canExtend: true, example: keys.example,
            keys: [.kind(keys.kind)]
                + keys.keys.map { key in
                    .setting(
                        key.name, key.isSecret ? ValueType<EnvironmentText>.secret : .deferred, required: key.isRequired,
                        key.text
                    ) { provider, text in
                        if key.isSecret {
                            provider.secrets[key.name] = text
                        } else if key.identifiesAccount {
                            provider.settings[key.name] = text
                        } else {
                            provider.access[key.name] = text
                        }
                    }
                } + [
                    .optional("price", \.price, .word("a price"), "`free` for a server that charges nothing."),
                    .key("allow_insecure", \.allowInsecure, .flag, insecureNote),
                ])
    }
}

extension ControlPlaneSpec: SpecEntity {
    static let table = KeyTable(
        "control-plane", called: "the control plane",
        "The account as Azure's control plane knows it.",
        blank: ControlPlaneSpec(
            subscription: EnvironmentText(""), resourceGroup: EnvironmentText(""), account: EnvironmentText("")),
        keys: [
            .required("subscription", \.subscription, .deferred, "The subscription id."),
            .required("resource_group", \.resourceGroup, .deferred, "The resource group."),
            .required("account", \.account, .deferred, "The account's name."),
            .key("endpoint", \.endpoint, .deferred, "The control plane's address."),
            .key("api_version", \.apiVersion, .text, "Its `api-version`."),
        ])
}

extension ValueType where Value == AuthSpec {
    fileprivate static let auth = choice(
        "a way to show who sends a request",
        [
            .word("api-key", .apiKey),
            .word("azure-cli", .azureCLI),
            .word("managed-identity", .managedIdentity(clientID: nil)),
            .key(
                "managed-identity", ValueType<ManagedIdentity>.entity,
                from: { .managedIdentity(clientID: $0.clientID) },
                back: { if case .managedIdentity(let id?) = $0 { ManagedIdentity(clientID: id) } else { nil } }),
            .key(
                "client-credentials", ValueType<ClientCredentials>.entity,
                from: { .clientCredentials(tenant: $0.tenant, clientID: $0.clientID, clientSecret: $0.clientSecret) },
                back: {
                    guard case .clientCredentials(let tenant, let id, let secret) = $0 else { return nil }
                    return ClientCredentials(tenant: tenant, clientID: id, clientSecret: secret)
                }),
            .key(
                "bearer", ValueType<EnvironmentText>.secret, from: { .bearer($0) },
                back: { if case .bearer(let token) = $0 { token } else { nil } }),
        ])
}

struct ManagedIdentity: SpecEntity {
    var clientID: EnvironmentText

    static let table = KeyTable(
        "managed-identity", called: "a managed identity", "A user-assigned managed identity.",
        blank: ManagedIdentity(clientID: EnvironmentText("")),
        keys: [.required("client_id", \.clientID, .deferred, "The client id.")])
}

struct ClientCredentials: SpecEntity {
    var tenant: EnvironmentText
    var clientID: EnvironmentText
    var clientSecret: EnvironmentText

    static let table = KeyTable(
        "client-credentials", called: "client credentials", "An application registered in Entra ID.",
        blank: ClientCredentials(
            tenant: EnvironmentText(""), clientID: EnvironmentText(""), clientSecret: EnvironmentText("")),
        keys: [
            .required("tenant", \.tenant, .deferred, "The tenant id."),
            .required("client_id", \.clientID, .deferred, "The client id of the application."),
            .required("client_secret", \.clientSecret, .secret, "The client secret of the application."),
        ])
}

extension OpenAISpec: SpecEntity {
    static let table = KeyTable(
        "openai", called: "an openai provider",
        "OpenAI, or any server that speaks its API (vLLM, Ollama, llama.cpp).",
        blank: OpenAISpec(), canExtend: true,
        keys: [
            .kind(.openAI),
            .key("endpoint", \.endpoint, .deferred, "The base URL, including `/v1`."),
            .optional("api_key", \.apiKey, .secret, "The API key. A local server may not need one."),
            .optional("organization", \.organization, .deferred, "Sent as `OpenAI-Organization`."),
            .optional("project", \.project, .deferred, "Sent as `OpenAI-Project`."),
            .optional(
                "price", \.price, .word("a price"),
                "`free` for a server without charges, such as one on this machine. Default: prices come from `prices` or the "
                    + "built-in table, and the cost of a model without a price is unknown."),
            .key("allow_insecure", \.allowInsecure, .flag, insecureNote),
        ])
}

extension EmulatorSpec: SpecEntity {
    static let table = KeyTable(
        "emulator", called: "an emulator",
        "The provider on loopback, started by itself, with a small real model behind it, or any program. Its account, "
            + "weights, classes and program decide answers; its port and folder do not.",
        blank: EmulatorSpec(account: SafeName(Digest(of: ""))), canExtend: true,
        rules: [
            .atMostOne(["program", "weights"]), .atMostOne(["program", "classes"]), .needs("inputs", oneOf: ["program"]),
            .needs("version", oneOf: ["program"]), .needs("long_lived", oneOf: ["program"]),
            .needs("time_limit", oneOf: ["program"]),
        ],
        example: """
            providers:
              local: { kind: emulator, account: quickstart }
            """,
        keys: [
            .kind(.emulator),
            .required(
                "account", \.account, .fileName,
                "The name of the emulated account. Accounts do not share jobs, files or answers."),
            .key("api", \.api, .word("an API"), "The emulated API: `azure` (Azure OpenAI) or `vertex` (Google Vertex AI)."),
            .optional(
                "weights", \.weights, .file(),
                "EfficientNet-Lite0 weights in safetensors, for photographs. Default: a network for generated pictures."
            ),
            .optional("classes", \.classes, .file(), "The class names of those weights: a TSV with index, id and names."),
            .optional("latency", \.latency, .entity, "Time added to every answer."),
            .optional("faults", \.faults, .file(), "A fault script."),
            .optional(
                "price_as", \.priceAs, .text,
                "The model in the price table whose prices apply. Default: the name of each model."),
            .optional(
                "screening", \.screening, .entity,
                "Which images of fine-tuning files the image screening rejects, besides those of a wrong format, size or "
                    + "colour mode. Default: none."),
            .optional(
                "program", \.program, .commandLine,
                "A program that answers in place of the model ([tasks](tasks.md)): a list of the program and its arguments, or a "
                    + "line for `/bin/sh -c`. `ASSAY_IMAGE` is the path of the picture, `ASSAY_QUESTION` the question; the "
                    + "output is the answer.",
                examples: ["tesseract \"$ASSAY_IMAGE\" - --psm 7"]),
            .key(
                "inputs", \.inputs, .list(of: .file()),
                "Files and folders next to the spec that the program reads. Their content is part of the key."),
            .optional(
                "version", \.version, .text,
                "Part of the key. Change it when the program behaves differently although its files are the same."),
            .key(
                "long_lived", \.isLongLived, .flag,
                "Whether one process answers all questions, with one line of JSON for each question and each answer."),
            .optional(
                "time_limit", \.timeLimit, .duration, "The longest time for one answer of the program. Default: one minute."),
        ])
}

extension ScreeningSpec: SpecEntity {
    static let table = KeyTable(
        "screening", called: "a screening",
        "The image screening of an emulator: fine-tuning trains without the rejected examples, as the real service does "
            + "with images of people, faces and CAPTCHAs.",
        blank: ScreeningSpec(), rules: [.atMostOne(["share", "training"]), .atMostOne(["share", "validation"])],
        example: """
            providers:
              local: { kind: emulator, account: rehearsal, screening: { training: [3, 7, 8], validation: [2] } }
            """,
        keys: [
            .optional("share", \.share, .number(.fraction), "The fraction of each file's examples that is rejected."),
            .key("seed", \.seed, .seed, "Seed of the choice of rejected examples."),
            .key(
                "training", \.training, .list(of: .count(upTo: 1_000_000_000)),
                "Rejected lines of the training file, starting at 1."),
            .key(
                "validation", \.validation, .list(of: .count(upTo: 1_000_000_000)),
                "Rejected lines of the validation file, starting at 1."),
        ])
}

extension LatencySpec: SpecEntity {
    static let table = KeyTable(
        "latency", called: "a latency",
        "Time that an emulator adds to its answers: a normal distribution, cut at zero.",
        blank: LatencySpec(meanMilliseconds: 0),
        keys: [
            .required("mean_ms", \.meanMilliseconds, .number(.natural(upTo: 3_600_000)), "Mean, in milliseconds."),
            .key(
                "std_ms", \.standardDeviationMilliseconds, .number(.natural(upTo: 3_600_000)),
                "Standard deviation, in milliseconds."),
            .key("seed", \.seed, .seed, "Decides the draws."),
        ])
}
