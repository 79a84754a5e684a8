#!/usr/bin/perl
# A receiver of webhooks without any dependency: SECRET=… perl examples/webhook_receiver.pl [port]
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use IO::Socket::INET;

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0] // 8001, Listen => 16, ReuseAddr => 1)
    or die "cannot listen: $!";
while (my $client = $server->accept) {
    binmode $client;
    next unless <$client>;    # the request line
    my ($body, %header) = ('', map { $_ => '' } qw(webhook-id webhook-timestamp webhook-signature));
    while (defined(my $line = <$client>)) {
        last if $line =~ /^\r?\n$/;
        $header{lc $1} = $2 if $line =~ /^([^:]+):\s*(.*?)\r?\n$/;
    }
    read $client, $body, $header{'content-length'} // 0;
    my $signed = "$header{'webhook-id'}.$header{'webhook-timestamp'}.$body";
    my $wanted = 'v1,' . hmac_sha256_base64($signed, $ENV{SECRET}) . '=';
    # Digests of what is compared: how long that takes tells nothing of the signature.
    my $is_ours = grep { hmac_sha256_base64($_, $ENV{SECRET}) eq hmac_sha256_base64($wanted, $ENV{SECRET}) }
        split / /, $header{'webhook-signature'};
    $is_ours &&= abs(time - $header{'webhook-timestamp'}) < 300;
    print $is_ours ? "$body\n" : "not from Seedbed\n";
    print $client $is_ours ? "HTTP/1.1 204 No Content\r\n" : "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n";
    print $client "connection: close\r\n\r\n";
    close $client;
}
