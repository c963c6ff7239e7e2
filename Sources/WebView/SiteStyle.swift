// The style sheet of the site: the report's, with the additions for its own pages.

import Reporting

enum SiteStyle {
    static let css =
        ReportAssets.style + """

            .top{border-bottom:1px solid var(--rule);background:var(--card)}
            .top nav{max-width:1180px;margin:0 auto;padding:.55em clamp(16px,4vw,40px);display:flex;gap:1em;align-items:baseline}
            .top .home{font-weight:700;text-decoration:none}
            .top .project{color:var(--soft);font-size:.88rem;overflow-wrap:anywhere}
            .view header{padding-top:1.6em}
            .view main>header{padding-left:0;padding-right:0}
            .view h1{font-size:clamp(1.4rem,1rem + 1.4vw,2rem)}
            .view main>section{padding:1.4em 0}
            .downloads{font-weight:400;font-size:.8rem;margin-left:.8em;display:inline-flex;gap:.7em}
            form.choice{display:flex;flex-wrap:wrap;gap:.6em .9em;align-items:end;margin:.6em 0 1em}
            form.choice label,form.line label{display:grid;gap:.15em;font-size:.82rem;color:var(--soft)}
            form.choice>label>*,form.choice>button{height:2.5em;font-size:.95rem}
            form.line{display:grid;gap:.5em;max-width:46em;margin:.6em 0}
            input[type=text],input[type=search],select,textarea,button,.button{font:inherit;color:var(--ink);background:var(--card);
            border:1px solid var(--soft);border-radius:6px;padding:.32em .6em;max-width:100%}
            select{max-width:16em}
            textarea{width:100%;min-height:4.5em}
            button,.button{cursor:pointer;font-weight:500;text-decoration:none;display:inline-block;width:fit-content}
            button.danger{background:var(--bad);border-color:var(--bad);color:var(--paper)}
            .actions{display:flex;flex-wrap:wrap;gap:.6em;align-items:center;margin:.6em 0}
            .chip{border:1px solid var(--rule);border-radius:99px;padding:0 .6em;font-size:.8rem;background:var(--card);
            display:inline-block;text-decoration:none;margin:0 .25em .2em 0}
            .state{font-weight:600;white-space:nowrap}
            .state.done,.state.ran,.state.cached{color:var(--good)}
            .state.failed,.state.died,.state.interrupted,.state.over-budget,.state.quarantined{color:var(--bad)}
            .state.running,.state.waiting,.state.blocked{color:var(--unsure)}
            table.runs{font-size:.88rem}table.runs th,table.runs td{padding-right:.8em}
            table.runs td{max-width:24em;overflow-wrap:anywhere}table.runs td:nth-child(2){min-width:8em}
            table.runs td.words{min-width:14em}table.runs td:last-child{min-width:7em}
            table.runs th[scope=row]{white-space:nowrap;min-width:0}
            th a{color:inherit}
            th[aria-sort]{font-weight:700}
            .pages{display:flex;flex-wrap:wrap;gap:.4em 1em;align-items:center;margin:1em 0}
            .live{border:1px solid var(--rule);border-left:4px solid var(--unsure);background:var(--card);padding:.8em 1em;margin:1em 0;
            border-radius:0 6px 6px 0}
            .live h2{font-size:1.15rem}
            progress{width:min(100%,22em);height:.8em;accent-color:var(--link);vertical-align:middle}
            .steps{list-style:none;padding:0;margin:.5em 0}
            .steps li{display:grid;grid-template-columns:minmax(8em,1.4fr) minmax(6em,1fr) minmax(4em,1.2fr);gap:.1em 1em;padding:.25em 0;
            border-top:1px solid var(--rule);font-size:.9rem}
            .log{max-height:16em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5em 0}
            .gallery a{display:block;color:inherit;text-decoration:none}
            .gallery .file{color:var(--soft);font-size:.74rem;padding:.1em .7em .3em;margin:0;overflow-wrap:anywhere}
            .gallery dd.not{color:var(--bad)}
            .full{display:grid;grid-template-columns:minmax(0,3fr) minmax(16em,2fr);gap:1.6em;align-items:start}
            .full img{display:block;max-width:100%;min-width:min(100%,20em);max-height:82vh;height:auto;object-fit:contain;background:var(--grid);border-radius:6px}
            .full .none{display:grid;place-items:center;min-height:14em;background:var(--grid);color:var(--soft);border-radius:6px}
            .facts{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.25em 1em;margin:.6em 0}
            .facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
            .wait{color:var(--soft)}
            .wait:not(:last-child){display:none}
            @media screen and (max-width:760px){.full{grid-template-columns:minmax(0,1fr)}.steps li{grid-template-columns:minmax(0,1fr)}table.runs td{min-width:0 !important}
            input[type=text],input[type=search],select{width:100%}form.choice label{flex:1 1 9em}}

            """
}
