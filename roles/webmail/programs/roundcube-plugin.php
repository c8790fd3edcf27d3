<?php
// @OWNED@

/** What Roundcube must know of the site's other servers. */
class postfleet extends rcube_plugin
{
    public function init()
    {
        $this->add_hook('authenticate', [$this, 'count_login']);
        $this->add_hook('storage_connect', [$this, 'name_client']);
    }

    /**
     * Roundcube takes the task from the body of a request too, and from the last of several parameters; nginx counts logins by
     * the first one in the address. A login that it could not count is none.
     */
    public function count_login($login)
    {
        if (!preg_match('~^_task=login(&|$)~', $_SERVER['QUERY_STRING'] ?? '')) {
            $login['valid'] = false;
            $login['abort'] = true;
        }
        return $login;
    }

    /**
     * Tells the mailstore where the browser is (IMAP ID, x-originating-ip). Without it every login seems to come from this
     * host: one guesser would slow down everybody, and the log would name nobody.
     */
    public function name_client($connection)
    {
        $connection['preauth_ident'] = ['x-originating-ip' => rcube_utils::remote_addr()];
        return $connection;
    }
}
