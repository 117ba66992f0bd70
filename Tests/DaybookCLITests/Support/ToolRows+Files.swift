/// The commands that ask no daemon. Some of them need what one before them has made.
extension ToolRows {
    private static let head = "21:17a26b028ced64171425a7e30beae2d2ecc705fe133bc366b75328bba4a7b0ae"
    private static let storeEpoch = "01a21541-9193-7000-86c4-6fc204b9d952"
    private static let bar = "██████████████████████████████"

    static func stores(in folder: ToolFolder) throws -> [ToolRow] {
        let store = folder.store
        let copy = "\(folder.path)/copy.sqlite"
        let events = try ToolFolder.exportedEvents()
        return [
            ToolRow(
                arguments: ["verify", store], text: "\(bar)  21 of 21 events\nwhole, head \(head)\n",
                json: #"{"head":"\#(head)","isWhole":true}"# + "\n", input: store),
            ToolRow(
                arguments: ["verify-history", store],
                text: """
                    aggregates  \(bar)  21 of 21 events
                    users  \(bar)  21 of 21 events
                    user-statistics  \(bar)  21 of 21 events
                    everything fits: 21 events, 21 integration events

                    """,
                json: #"{"entries":21,"events":21,"omitted":0,"problems":[]}"# + "\n", input: store),
            ToolRow(arguments: ["export", store], text: events, json: events, input: store),
            ToolRow(
                arguments: ["backup", store, copy], text: "copied, head \(head)\n",
                json: #"{"head":"\#(head)","isVerified":false}"# + "\n", input: store),
            newStore(["restore", copy, "\(folder.path)/restored.sqlite"], "restored", of: copy),
            newStore(["import", "\(folder.path)/imported.sqlite", folder.export], "imported", of: folder.export),
        ]
    }

    /// A command that makes a store of what another one has.
    private static func newStore(_ arguments: [String], _ participle: String, of input: String) -> ToolRow {
        ToolRow(
            arguments: arguments,
            text: """
                \(bar)  21 of 21 events
                \(participle), head \(head)
                its epoch is *, and was \(storeEpoch)
                next: start its writer, then rebuild each read model: daybook projections rebuild NAME --wait

                """,
            json: #"{"epoch":"*","head":"\#(head)","previousEpoch":"\#(storeEpoch)"}"# + "\n", input: input)
    }

    static func signedHeads(in folder: ToolFolder) -> [ToolRow] {
        let key = "\(folder.path)/key"
        let signed = #"{"epoch":"\#(storeEpoch)","hash":"\#(head.dropFirst(3))","position":21,"publicKey":"*="#
        let rest = #"","signature":"*","signedAt":"*Z"}"# + "\n"
        return [
            ToolRow(arguments: ["head", "keys", key], text: "*=\n", json: #"{"publicKey":"*="}"# + "\n"),
            ToolRow(
                arguments: ["head", "sign", folder.store, "--key", key], text: signed + rest, json: signed + rest,
                input: folder.store),
        ]
    }

    static func schemas(in folder: ToolFolder) -> [ToolRow] {
        let catalogues = "\(folder.path)/schemas"
        let documents = "\(folder.path)/docs"
        let written = "*\(documents)/asyncapi.json\n\(documents)/openapi.json\n"
        return [
            ToolRow(
                arguments: ["schema", "list"],
                text: """
                    CATEGORY  KIND         TYPE                VERSION  SINCE       DESCRIPTION
                    user      domain       created  *  A user was created, and is active.
                    *user     integration  user.reactivated  *

                    """,
                json: #"{"category":"user","description":"A user was created, and is active.",*"type":"created"}"#
                    + "\n*\n"),
            ToolRow(
                arguments: ["schema", "show", "deactivated"],
                text: """
                    deactivated, domain event of user, schema version *
                    FIELD   TYPE    OPTIONAL
                    reason  string  yes
                    example: {"reason":"left the company"}

                    user.deactivated, integration event of user, schema version *

                    """,
                json: #"{"category":"user",*"kind":"domain",*"type":"deactivated"}"#
                    + "\n*\"kind\":\"integration\",*\"type\":\"user.deactivated\"}\n"),
            ToolRow(
                arguments: ["schema", "accept", "--against", catalogues], text: "\(catalogues)/user.json\n",
                json: "\(catalogues)/user.json\n"),
            ToolRow(
                arguments: ["schema", "check", "--against", catalogues],
                text: "the code says what \(catalogues) says\n", json: #"{"changes":[],"isBreaking":false}"# + "\n",
                input: catalogues),
            ToolRow(arguments: ["schema", "docs", "--output", documents], text: written, json: written),
        ]
    }
}
