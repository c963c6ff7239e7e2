// Shows how to call a hosted model without Assay.

import Basics
import Foundation
import ProviderKit
import Providers
package import Specification

/// A request to a hosted model as a curl command and a Python program. Both read the key from the environment; no secret
/// and no resolved variable is in either.
package struct HostedCall: Sendable {
    /// A command for a POSIX shell.
    package var curl: String
    /// A program that needs the provider's package: `openai`, or `google-genai`.
    package var python: String

    init(_ call: ModelCall) {
        curl = call.curl
        python = call.python
    }

    /// - Parameters:
    ///   - model: the provider's name of the model, or of its deployment.
    ///   - system: the instruction of the experiment's prompt; `nil` without one.
    /// - Returns: `nil` for a provider that these two cannot call.
    package init?(_ provider: ProviderSpec, model: String, system: String?) {
        let address: String
        let header: String
        let client: String
        switch provider {
        case .azureOpenAI(let azure):
            let endpoint = HostedCall.shell(azure.endpoint.template)
            address = "\(endpoint)/openai/v1/chat/completions"
            header = "api-key: $AZURE_OPENAI_API_KEY"
            client = """
                client = OpenAI(
                    base_url=\(HostedCall.python(azure.endpoint.template)).rstrip("/") + "/openai/v1/",
                    api_key=os.environ["AZURE_OPENAI_API_KEY"],
                )
                """
        case .openAI(let openAI):
            address = "\(HostedCall.shell(openAI.endpoint.template))/chat/completions"
            header = "Authorization: Bearer $OPENAI_API_KEY"
            client = """
                client = OpenAI(
                    base_url=\(HostedCall.python(openAI.endpoint.template)),
                    api_key=os.environ["OPENAI_API_KEY"],
                )
                """
        case .emulator, .other: return nil
        }
        func text(_ value: String) -> String { JSONValue.string(value).canonical }
        let instruction = system.map { #"{"role":"system","content":\#(text($0))},"# } ?? ""
        // The shell inserts the image, so the quotes end around it.
        let body =
            #"{"model":\#(text(model)),"messages":[\#(instruction)"#
            + #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,"#
        let rest = #""}}]}]}"#
        curl = """
            { printf '%s' \(ShellText.quoted(body)); base64 -w0 image.jpg; printf '%s' \(ShellText.quoted(rest)); } |
              curl -sS "\(address)" -H "\(header)" -H "Content-Type: application/json" -d @-
            """
        let lines = system.map { "        {\"role\": \"system\", \"content\": \(text($0))},\n" } ?? ""
        python = """
            import base64, os
            from openai import OpenAI

            \(client)
            image = base64.b64encode(open("image.jpg", "rb").read()).decode()
            reply = client.chat.completions.create(
                model=\(text(model)),
                messages=[
            \(lines)        {"role": "user", "content": [
                        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + image}},
                    ]},
                ],
            )
            print(reply.choices[0].message.content)
            """
    }

    /// A template with `${NAME}` unchanged, for use in double quotes in a shell.
    private static func shell(_ template: String) -> String {
        let text = template.hasSuffix("/") ? String(template.dropLast()) : template
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("`", with: "\\`")
    }

    /// A template as a Python expression.
    private static func python(_ template: String) -> String {
        if let match = template.wholeMatch(of: #/\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/#),
            let name = match.output.1 ?? match.output.2
        {
            return "os.environ[\"\(name)\"]"
        }
        return "os.path.expandvars(\(JSONValue.string(template).canonical))"
    }
}

extension LocalModels {
    /// Example calls of a hosted or fine-tuned model; `nil` for a local one, and for a fine-tuned one without a result.
    package func call(of listed: ListedModel) throws -> HostedCall? {
        guard case .atProvider(let providerModel) = listed.state else { return nil }
        let model = try model(listed.name)
        guard let provider = model.provider.flatMap({ spec.providers[$0] }) else { return nil }
        var name = providerModel
        if case .azureOpenAI = provider {
            if case .hosted(let hosted) = model { name = hosted.deployment?.template ?? hosted.model }
            // A fine-tuned model is reached through a deployment, which the run deletes.
            if case .fineTuned = model { name = "DEPLOYMENT-OF-\(providerModel)" }
        }
        let instruction = instruction(for: listed.name)
        if case .other = provider {
            let plugin = try? builtInProviders.plugin(for: provider)
            return plugin?.call(provider, model: name, instruction: instruction).map { HostedCall($0) }
        }
        return HostedCall(provider, model: name, system: instruction)
    }

    /// The system message of the first prompt that an evaluation uses with the model. Placeholders for labels are kept.
    private func instruction(for name: String) -> String? {
        for evaluation in spec.evaluations.values {
            guard let request = evaluation.models[name]?.ask?.request, let prompt = spec.requests[request]?.prompt else {
                continue
            }
            return spec.prompts[prompt]?.system
        }
        return nil
    }
}
