extension Connection {
    /// Opens a channel.
    ///
    /// - Throws: ``RabbitMQError`` with `invalidConfiguration` when the broker allows no more of them.
    public func openChannel() throws -> Channel { Channel(connection: self, number: try openNextChannel()) }
}
