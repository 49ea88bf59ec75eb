#!/usr/bin/perl
# An SMSC of Debian's Net::SMPP, an implementation that is not ours. Prints its port, then one line a request.
# A number that ends in 00 does not exist, one in 01 is throttled; every other message is delivered, with a receipt
# that names it in decimal (the answer named it in hexadecimal), and is answered with "yes" by its recipient.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34, interface_version => 0x34)
  or die "cannot listen: $!";
print 'listening ', $listener->sockport, "\n";

my $named = 0x1f0;
while (my $session = $listener->accept) {
    while (my $pdu = $session->read_pdu) {
        my %seq = (seq => $pdu->{seq});
        my $command = $pdu->{cmd};
        if ($command == 0x09) {
            my $fits = $pdu->{system_id} eq 'sallyport' && $pdu->{password} eq 's3cret';
            print 'bind ', $fits ? 'accepted' : 'refused', "\n";
            $session->bind_transceiver_resp(system_id => 'debian', status => $fits ? 0 : 0x0e, %seq);
        } elsif ($command == 0x04) {
            submit($session, $pdu, %seq);
        } elsif ($command == 0x15) {
            print "enquire_link\n";
            $session->enquire_link_resp(%seq);
        } elsif ($command == 0x06) {
            print "unbind\n";
            $session->unbind_resp(%seq);
        } elsif ($command == 0x80000005) {
            print "deliver_sm answered $pdu->{status}\n";
        }
    }
    $session->close;
}

sub submit {
    my ($session, $pdu, %seq) = @_;
    my $number = $pdu->{destination_addr};
    print join(' ', 'submit', $number, "ton$pdu->{dest_addr_ton}", "coding$pdu->{data_coding}", "esm$pdu->{esm_class}",
        unpack('H*', $pdu->{short_message})), "\n";
    my $status = $number =~ /00$/ ? 0x0b : $number =~ /01$/ ? 0x58 : 0;
    if ($status) {
        $session->submit_sm_resp(message_id => '', status => $status, %seq);
        return;
    }
    $named += 1;
    $session->submit_sm_resp(message_id => sprintf('%x', $named), %seq);
    my %from = (async => 1, source_addr_ton => 1, source_addr_npi => 1, source_addr => $number, destination_addr => '1230');
    $session->deliver_sm(%from, esm_class => 0x04,
        short_message => sprintf('id:%010d sub:001 dlvrd:001 submit date:2601150700 done date:2601150700 stat:DELIVRD err:000 text:', $named));
    $session->deliver_sm(%from, esm_class => 0, short_message => 'yes');
}
