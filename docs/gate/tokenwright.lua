-- Asks Tokenwright whether a request is let through; see haproxy.cfg.

local GATE = "http://127.0.0.1:3000/gate/forward"

-- The site, as it is registered at Tokenwright, which is asked about no other.
local SITE = "http://shop.example.org:8080"

-- The site's secret, where HAProxy does not ask from one of the site's trusted networks.
local SECRET = nil

-- Who the site takes the visitor for.
local IDENTITY = { "remote-user", "remote-groups", "remote-name", "remote-email", "tokenwright-token-id", "tokenwright-assertion" }

-- What a visitor gets who is not let through.
local ANSWER = { "location", "set-cookie", "content-type", "cache-control", "content-security-policy", "referrer-policy",
  "retry-after" }

core.register_action("tokenwright", { "http-req" }, function(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    -- What was asked for is said by HAProxy alone.
    if not name:match("^x%-forwarded%-") and not name:match("^tokenwright%-") and name ~= "content-length" and name ~= "transfer-encoding"
      and name ~= "connection" and name ~= "upgrade" then
      headers[name] = {}
      for _, value in pairs(values) do table.insert(headers[name], value) end
    end
  end
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-proto"] = { txn.sf:ssl_fc() == 1 and "https" or "http" }
  headers["x-forwarded-host"] = { txn.sf:req_hdr("host") }
  headers["x-forwarded-uri"] = { txn.sf:pathq() }
  headers["x-forwarded-for"] = { txn.sf:src() }
  headers["tokenwright-site"] = { SITE }
  if SECRET then headers["tokenwright-site-secret"] = { SECRET } end

  local answer = core.httpclient():get { url = GATE, headers = headers, timeout = 5000 }
  if answer == nil or answer.status == nil or answer.status == 0 then
    txn:done(txn:reply { status = 503, headers = { ["retry-after"] = { "5" } } })
    return
  end
  if answer.status == 200 then
    for _, name in ipairs(IDENTITY) do
      txn.http:req_set_header(name, answer.headers[name] and answer.headers[name][0] or "")
    end
    return
  end
  local reply = txn:reply { status = answer.status, body = answer.body }
  -- HAProxy itself answers for a gate that is gone.
  if answer.status >= 500 and not answer.headers["retry-after"] then reply:add_header("retry-after", "5") end
  for _, name in ipairs(ANSWER) do
    for _, value in pairs(answer.headers[name] or {}) do reply:add_header(name, value) end
  end
  txn:done(reply)
end, 0)
