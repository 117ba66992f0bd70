import CRabbitMQ

extension String {
    /// Copies; bytes that are not UTF-8 are replaced.
    init(_ bytes: amqp_bytes_t) {
        self = String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension Message {
    /// Copies the properties of a header frame. The body is still to come.
    ///
    /// - Parameter earlier: The headers of the message before it.
    init(_ properties: amqp_basic_properties_t, after earlier: FieldTable = FieldTable()) {
        func has(_ flag: Int32) -> Bool { properties._flags & amqp_flags_t(UInt32(bitPattern: flag)) != 0 }
        self.init(
            body: [],
            contentType: has(AMQP_BASIC_CONTENT_TYPE_FLAG) ? String(properties.content_type) : nil,
            messageID: has(AMQP_BASIC_MESSAGE_ID_FLAG) ? String(properties.message_id) : nil,
            correlationID: has(AMQP_BASIC_CORRELATION_ID_FLAG) ? String(properties.correlation_id) : nil,
            replyTo: has(AMQP_BASIC_REPLY_TO_FLAG) ? String(properties.reply_to) : nil,
            expirationMilliseconds: has(AMQP_BASIC_EXPIRATION_FLAG) ? Int(String(properties.expiration)) : nil,
            timestamp: has(AMQP_BASIC_TIMESTAMP_FLAG) ? properties.timestamp : nil,
            isPersistent: has(AMQP_BASIC_DELIVERY_MODE_FLAG) && properties.delivery_mode == 2,
            headers: has(AMQP_BASIC_HEADERS_FLAG) ? FieldTable(properties.headers, namedAs: earlier) : FieldTable())
    }
}

extension FieldTable {
    init(_ table: amqp_table_t, depth: Int = 0) {
        let entries = UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries))
        self.init(entries.map { Entry(name: String($0.key), value: FieldValue($0.value, depth: depth)) })
    }

    /// Takes over the names of an earlier table where they are the same, as they are from message to message.
    init(_ table: amqp_table_t, namedAs earlier: FieldTable) {
        let fields = UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries))
        var entries: [Entry] = []
        entries.reserveCapacity(fields.count)
        for (index, field) in fields.enumerated() {
            let known = index < earlier.entries.count ? earlier.entries[index].name : nil
            let name = known.flatMap { field.key.isText($0) ? $0 : nil } ?? String(field.key)
            entries.append(Entry(name: name, value: FieldValue(field.value, depth: 0)))
        }
        self.init(entries)
    }
}

extension amqp_bytes_t {
    fileprivate func isText(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { $0.elementsEqual(UnsafeRawBufferPointer(start: bytes, count: len)) }
    }
}

extension FieldValue {
    /// The depth to which tables and arrays may be nested; what is deeper is dropped. Whoever walks a value recurses.
    private static let depthLimit = 32

    init(_ field: amqp_field_value_t, depth: Int = 0) {
        let value = field.value
        guard depth < Self.depthLimit else {
            self = .null
            return
        }
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8: self = .string(String(value.bytes))
        case AMQP_FIELD_KIND_BYTES:
            self = .bytes(Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case AMQP_FIELD_KIND_BOOLEAN: self = .boolean(value.boolean != 0)
        case AMQP_FIELD_KIND_I8: self = .integer(Int64(value.i8))
        case AMQP_FIELD_KIND_U8: self = .integer(Int64(value.u8))
        case AMQP_FIELD_KIND_I16: self = .integer(Int64(value.i16))
        case AMQP_FIELD_KIND_U16: self = .integer(Int64(value.u16))
        case AMQP_FIELD_KIND_I32: self = .integer(Int64(value.i32))
        case AMQP_FIELD_KIND_U32: self = .integer(Int64(value.u32))
        case AMQP_FIELD_KIND_I64: self = .integer(value.i64)
        case AMQP_FIELD_KIND_U64: self = .integer(Int64(clamping: value.u64))
        case AMQP_FIELD_KIND_F32: self = .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64: self = .double(value.f64)
        case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(value.u64)
        case AMQP_FIELD_KIND_TABLE: self = .table(FieldTable(value.table, depth: depth + 1))
        case AMQP_FIELD_KIND_ARRAY:
            let array = value.array
            let entries = UnsafeBufferPointer(start: array.entries, count: Int(array.num_entries))
            self = .array(entries.map { FieldValue($0, depth: depth + 1) })
        default: self = .null
        }
    }
}
