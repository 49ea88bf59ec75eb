#!/usr/bin/perl
# An SMSC of Debian's Net::SMPP between an application and Debian's Kannel, which has the phones. Prints its port.
# What the application submits is delivered to Kannel, and once Kannel has taken it the application gets its receipt, which
# names the message in decimal (the answer named it in hexadecimal). What a phone says, Kannel submits; the application
# hears it. Receipts and answers go to a session that was bound to hear: receiver or transceiver.
use strict;
use warnings;
use IO::Select;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, smpp_version => 0x34, interface_version => 0x34)
  or die "cannot listen: $!";
print 'listening ', $listener->sockport, "\n";

my %binds = (0x01 => 'receiver', 0x02 => 'transmitter', 0x09 => 'transceiver');
my (%accounts, %hearing, %submitted);
my ($named, $sequence) = (0x1f0, 0);
my $select = IO::Select->new($listener);
while (my @ready = $select->can_read) {
    for my $socket (@ready) {
        if ($socket == $listener) {
            $select->add($listener->accept);
        } elsif (my $pdu = $socket->read_pdu) {
            handle($socket, $pdu);
        } else {
            delete $hearing{$_} for grep { $hearing{$_} == $socket } keys %hearing;
            $select->remove($socket);
            $socket->close;
        }
    }
}

sub handle {
    my ($session, $pdu) = @_;
    my ($command, %seq) = ($pdu->{cmd}, seq => $pdu->{seq});
    if (my $bind = $binds{$command}) {
        my $method = "bind_${bind}_resp";
        my $fits = $pdu->{password} eq 's3cret';
        $session->$method(system_id => 'debian', status => $fits ? 0 : 0x0e, %seq);
        print "$pdu->{system_id} bound as $bind\n" if $fits;
        $accounts{$session} = $pdu->{system_id};
        $hearing{$pdu->{system_id}} = $session if $fits && $bind ne 'transmitter';
    } elsif ($command == 0x04) {
        my $account = $accounts{$session};
        my $other = $hearing{$account eq 'kannel' ? 'sallyport' : 'kannel'};
        $named += 1;
        my %what = map { $_ => $pdu->{$_} } qw(source_addr destination_addr esm_class data_coding short_message);
        $session->submit_sm_resp(message_id => sprintf('%x', $named), status => $other ? 0 : 0x14, %seq);
        return unless $other;
        $sequence += 1;
        $submitted{$sequence} = { name => $named, account => $account, number => $what{destination_addr},
            from => $what{source_addr} };
        $other->deliver_sm(async => 1, seq => $sequence, %what, source_addr_ton => 1, source_addr_npi => 1,
            dest_addr_ton => 1, dest_addr_npi => 1);
    } elsif ($command == 0x80000005) {
        my $message = delete $submitted{$pdu->{seq}} or return;
        print "delivered from $message->{from} to $message->{number}\n";
        my $session = $hearing{$message->{account}};
        return if $message->{account} eq 'kannel' || !$session;
        $session->deliver_sm(async => 1, esm_class => 0x04, source_addr => $message->{number}, destination_addr => '1230',
            short_message => sprintf('id:%010d sub:001 dlvrd:001 submit date:2601150700 done date:2601150700 stat:%s err:000 text:',
                $message->{name}, $pdu->{status} ? 'UNDELIV' : 'DELIVRD'));
    } elsif ($command == 0x15) {
        $session->enquire_link_resp(%seq);
    } elsif ($command == 0x06) {
        $session->unbind_resp(%seq);
    }
}
