<?php
// @OWNED@

/**
 * Tells the mailstore where the browser is (IMAP ID, x-originating-ip). Without it every login seems to come from this
 * host: one guesser would slow down everybody, and the log would name nobody.
 */
class postfleet extends rcube_plugin
{
    public function init()
    {
        $this->add_hook('storage_connect', [$this, 'name_client']);
    }

    public function name_client($connection)
    {
        $connection['preauth_ident'] = ['x-originating-ip' => rcube_utils::remote_addr()];
        return $connection;
    }
}
